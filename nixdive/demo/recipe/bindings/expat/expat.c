/* Expat for Lua: expat.check(text) -> number of elements, or nil and what is wrong. */
#include <expat.h>
#include <lauxlib.h>
#include <lua.h>

static void XMLCALL start(void *count, const XML_Char *name, const XML_Char **attributes) {
    (void)name;
    (void)attributes;
    ++*(lua_Integer *)count;
}

static int l_check(lua_State *L) {
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_Integer count = 0;
    XML_Parser parser = XML_ParserCreate(NULL);
    if (!parser) return luaL_error(L, "expat: no memory");
    XML_SetUserData(parser, &count);
    XML_SetStartElementHandler(parser, start);
    if (XML_Parse(parser, text, (int)length, 1) == XML_STATUS_OK) {
        lua_pushinteger(L, count);
        XML_ParserFree(parser);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
    return 2;
}

int luaopen_expat(lua_State *L) {
    static const luaL_Reg functions[] = {{"check", l_check}, {NULL, NULL}};
    luaL_newlib(L, functions);
    lua_pushstring(L, XML_ExpatVersion());
    lua_setfield(L, -2, "version");
    return 1;
}
