-- The database: made from the schema and the seed when it is new.
local cjson = require "cjson"
local sqlite = require "sqlite"
local config = require "shop.config"

local function open(settings)
    local database = sqlite.open(settings.database)
    if #database:rows "select 1 from sqlite_master" > 0 then return database end
    database:script(config.read(settings.schema))
    local seed = cjson.decode(config.read(settings.seed))
    database:script "begin"
    for _, p in ipairs(seed.products) do
        database:rows("insert into product (sku, name, price, stock) values (?, ?, ?, ?)", p.sku, p.name, p.price, p.stock)
    end
    for _, s in ipairs(seed.sales) do
        database:rows("insert into sale (product, quantity, day) values (?, ?, ?)", s.product, s.quantity, s.day)
    end
    database:script "commit"
    return database
end

return { open = open, version = sqlite.version }
