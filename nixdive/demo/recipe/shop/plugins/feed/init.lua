-- An Atom feed of the products, checked by expat before it is printed.
local expat = require "expat"

local function escape(text) return (text:gsub("[<>&\"]", { ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;", ['"'] = "&quot;" })) end

local function run(shop)
    local lines = { '<feed xmlns="http://www.w3.org/2005/Atom">', "<title>" .. escape(shop.settings.name) .. "</title>" }
    for _, p in ipairs(shop.database:rows "select sku, name from product order by id") do
        lines[#lines + 1] = ("<entry><id>urn:sku:%s</id><title>%s</title></entry>"):format(p.sku, escape(p.name))
    end
    lines[#lines + 1] = "</feed>"
    local text = table.concat(lines, "\n")
    assert(expat.check(text))
    print(text)
end

return { name = "feed", about = "An Atom feed of the products.", run = run }
