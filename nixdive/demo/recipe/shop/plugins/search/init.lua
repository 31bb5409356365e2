-- Full text search over the names of products.
local function run(shop, arguments)
    shop.database:script [[create virtual table if not exists found using fts5(sku, name);
        insert into found select sku, name from product]]
    for _, row in ipairs(shop.database:rows("select sku, name from found where found match ? order by rank", arguments.words)) do
        print(row.sku, row.name)
    end
end

return { name = "search", about = "Find products by words in their names.", arguments = { "words" }, run = run }
