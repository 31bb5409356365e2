-- The words of the shop, by the first two letters of LANG.
local say = require "say"

return function(settings)
    for _, language in ipairs { "en", "de" } do
        say:set_namespace(language)
        for key, text in pairs(dofile(settings.locale .. "/" .. language .. "/shop.lua")) do say:set(key, text) end
    end
    local wanted = (os.getenv "LANG" or "en"):sub(1, 2)
    say:set_namespace(wanted == "de" and "de" or "en")
    return say
end
