-- A page, a list in JSON and static files, over HTTP; one request after the other.
local cjson = require "cjson"
local lfs = require "lfs"
local socket = require "socket"
local config = require "shop.config"
local money = require "shop.money"
local template = require "shop.template"

local function media_types(name)
    local types = {}
    for line in io.lines(name) do
        local kind, endings = line:match "^(%S+)%s+(.+)$"
        for ending in (endings or ""):gmatch "%S+" do types[ending] = kind end
    end
    return types
end

local function page(shop)
    local row, rows = config.read(shop.settings.templates .. "/row.html"), {}
    for _, p in ipairs(shop.database:rows "select sku, name, price from product order by name") do
        rows[#rows + 1] = template(row, { sku = p.sku, name = p.name, price = money(p.price, shop.settings.currency) })
    end
    return template(config.read(shop.settings.templates .. "/index.html"), {
        name = shop.settings.name, rows = table.concat(rows), heading = shop.words "heading", price = shop.words "price",
    })
end

local function answer(shop, target, types)
    if target == "/" then return 200, "text/html; charset=utf-8", page(shop) end
    if target == "/products.json" then
        return 200, "application/json", cjson.encode(shop.database:rows "select * from product order by id")
    end
    local name = target:match "^/static/([%w_-]+%.%w+)$"
    local file = name and shop.settings.static .. "/" .. name
    if file and lfs.attributes(file, "mode") == "file" then
        return 200, types[name:match "%.(%w+)$"] or "application/octet-stream", config.read(file)
    end
    return 404, "text/plain", "not found\n"
end

return function(shop, port)
    local types = media_types(shop.settings.mime_types)
    local server = assert(socket.bind(shop.settings.listen.host, port or shop.settings.listen.port))
    print("listening on port " .. select(2, server:getsockname()))
    while true do
        local client = server:accept()
        client:settimeout(5)
        local method, target = (client:receive "*l" or ""):match "^(%u+) (%S+)"
        repeat local line = client:receive "*l" until not line or line == ""
        local status, kind, body = 405, "text/plain", "only GET\n"
        if method == "GET" then status, kind, body = answer(shop, target, types) end
        client:send(("HTTP/1.0 %d Shop\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"):format(status, kind, #body) .. body)
        client:close()
    end
end
