-- The configuration: a YAML file, by default the one of the package.
local lyaml = require "lyaml"

local function read(name)
    local file = assert(io.open(name, "rb"))
    local text = file:read "a"
    file:close()
    return text
end

local function load()
    return lyaml.load(read(os.getenv "SHOP_CONFIG" or "@config@/etc/shop/shop.yaml"))
end

return { load = load, read = read }
