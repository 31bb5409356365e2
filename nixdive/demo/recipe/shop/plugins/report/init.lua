-- Turnover by product.
local money = require "shop.money"

local function run(shop)
    for _, row in ipairs(shop.database:rows "select * from turnover") do
        print(("%-24s %5d %14s"):format(row.name, row.sold, money(row.cents, shop.settings.currency)))
    end
end

return { name = "report", about = "Turnover by product.", run = run }
