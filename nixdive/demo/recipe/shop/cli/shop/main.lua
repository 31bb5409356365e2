-- The command line of the shop.
local argparse = require "argparse"
local config = require "shop.config"
local database = require "shop.database"
local money = require "shop.money"

local parser = argparse("shop", "A small shop over SQLite.")
parser:command_target "command"
parser:require_command(false)
parser:command("hello", "Greet, and say how business is (the default).")
parser:command("list", "List the products.")
local serve = parser:command("serve", "Serve the shop over HTTP.")
serve:option("--port", "The port."):convert(tonumber)
local settings = config.load()
local plugins = {}
for _, directory in ipairs(settings.plugins) do
    local plugin = dofile(directory .. "/share/shop/plugin/init.lua")
    plugins[plugin.name] = plugin
    local command = parser:command(plugin.name, plugin.about)
    for _, argument in ipairs(plugin.arguments or {}) do command:argument(argument) end
end

local arguments = parser:parse()
local shop = { settings = settings, database = database.open(settings), words = require "shop.words" (settings) }

local function hello()
    local total = shop.database:rows "select (select count(*) from product) as products, sum(sold) as sold, sum(cents) as cents from turnover"[1]
    local best = shop.database:rows "select name from turnover limit 1"[1]
    print(shop.words("hello"):format(settings.name))
    print(shop.words("stock"):format(total.products, total.sold, money(total.cents, settings.currency)))
    print(shop.words("best"):format(best.name))
    print(("shop @version@, %s, SQLite %s"):format(_VERSION, database.version))
end

local function list()
    for _, p in ipairs(shop.database:rows "select * from product order by name") do
        print(("%-6s %-24s %12s %4d"):format(p.sku, p.name, money(p.price, settings.currency), p.stock))
    end
end

local commands = {
    hello = hello,
    list = list,
    serve = function() require "shop.server" (shop, arguments.port) end,
}
local command = arguments.command or "hello"
if plugins[command] then plugins[command].run(shop, arguments) else commands[command]() end
