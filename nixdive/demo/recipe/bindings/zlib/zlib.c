/* zlib for Lua: zlib.deflate(text) -> text; zlib.crc32(text) -> integer. */
#include <lauxlib.h>
#include <lua.h>
#include <zlib.h>

static int l_deflate(lua_State *L) {
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    uLongf size = compressBound(length);
    luaL_Buffer buffer;
    char *space = luaL_buffinitsize(L, &buffer, size);
    if (compress2((Bytef *)space, &size, (const Bytef *)text, length, 9) != Z_OK) return luaL_error(L, "zlib: no memory");
    luaL_pushresultsize(&buffer, size);
    return 1;
}

static int l_crc32(lua_State *L) {
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_pushinteger(L, (lua_Integer)crc32(0, (const Bytef *)text, (uInt)length));
    return 1;
}

int luaopen_zlib(lua_State *L) {
    static const luaL_Reg functions[] = {{"deflate", l_deflate}, {"crc32", l_crc32}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
