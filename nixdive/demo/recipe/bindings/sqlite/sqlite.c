/* SQLite for Lua: sqlite.open(name) -> database; database:rows(sql, ...) -> list of records; database:close(). */
#include <lauxlib.h>
#include <lua.h>
#include <sqlite3.h>

#define TYPE "sqlite.database"

static sqlite3 **handle(lua_State *L) {
    sqlite3 **database = luaL_checkudata(L, 1, TYPE);
    luaL_argcheck(L, *database, 1, "the database is closed");
    return database;
}

static int fail(lua_State *L, sqlite3 *database) { return luaL_error(L, "sqlite: %s", sqlite3_errmsg(database)); }

static int l_open(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    sqlite3 **database = lua_newuserdatauv(L, sizeof *database, 0);
    *database = NULL;
    luaL_setmetatable(L, TYPE);
    if (sqlite3_open(name, database) != SQLITE_OK) return fail(L, *database);
    return 1;
}

static int l_script(lua_State *L) {
    sqlite3 *database = *handle(L);
    if (sqlite3_exec(database, luaL_checkstring(L, 2), NULL, NULL, NULL) != SQLITE_OK) return fail(L, database);
    return 0;
}

static void bind(lua_State *L, sqlite3_stmt *statement, int index, int argument) {
    size_t length;
    const char *text;
    if (lua_isinteger(L, argument)) {
        sqlite3_bind_int64(statement, index, lua_tointeger(L, argument));
    } else if (lua_type(L, argument) == LUA_TNUMBER) {
        sqlite3_bind_double(statement, index, lua_tonumber(L, argument));
    } else if (lua_isnoneornil(L, argument)) {
        sqlite3_bind_null(statement, index);
    } else {
        text = luaL_checklstring(L, argument, &length);
        sqlite3_bind_text(statement, index, text, (int)length, SQLITE_TRANSIENT);
    }
}

static void column(lua_State *L, sqlite3_stmt *statement, int index) {
    switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER: lua_pushinteger(L, sqlite3_column_int64(statement, index)); break;
    case SQLITE_FLOAT: lua_pushnumber(L, sqlite3_column_double(statement, index)); break;
    case SQLITE_NULL: lua_pushnil(L); break;
    default:
        lua_pushlstring(L, sqlite3_column_blob(statement, index), (size_t)sqlite3_column_bytes(statement, index));
    }
}

static int l_rows(lua_State *L) {
    sqlite3 *database = *handle(L);
    const char *sql = luaL_checkstring(L, 2);
    int arguments = lua_gettop(L) - 2, state;
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK) return fail(L, database);
    for (int i = 1; i <= arguments; i++) bind(L, statement, i, i + 2);
    lua_newtable(L);
    for (lua_Integer row = 1; (state = sqlite3_step(statement)) == SQLITE_ROW; row++) {
        lua_newtable(L);
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            column(L, statement, i);
            lua_setfield(L, -2, sqlite3_column_name(statement, i));
        }
        lua_rawseti(L, -2, row);
    }
    sqlite3_finalize(statement);
    return state == SQLITE_DONE ? 1 : fail(L, database);
}

static int l_close(lua_State *L) {
    sqlite3 **database = luaL_checkudata(L, 1, TYPE);
    sqlite3_close(*database);
    *database = NULL;
    return 0;
}

int luaopen_sqlite(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"script", l_script}, {"rows", l_rows}, {"close", l_close}, {"__gc", l_close}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"open", l_open}, {NULL, NULL}};
    luaL_newmetatable(L, TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    luaL_newlib(L, functions);
    lua_pushstring(L, sqlite3_libversion());
    lua_setfield(L, -2, "version");
    return 1;
}
