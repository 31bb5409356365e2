-- All products as MessagePack, deflated; the length and the sum tell whether two exports are the same.
local messagepack = require "MessagePack"
local zlib = require "zlib"

local function run(shop)
    local packed = messagepack.pack(shop.database:rows "select sku, price from product order by id")
    print(("%d bytes, %d deflated, crc32 %08x"):format(#packed, #zlib.deflate(packed), zlib.crc32(packed)))
end

return { name = "export", about = "The size of an export of all products.", run = run }
