-- Double braces hold names: a small grammar is enough.
local lpeg = require "lpeg"

return function(text, values)
    local known = lpeg.P "{{" * lpeg.C(lpeg.R("az", "__") ^ 1) * "}}"
    return lpeg.match(lpeg.Cs((known / function(key) return tostring(values[key] or "") end + 1) ^ 0), text)
end
