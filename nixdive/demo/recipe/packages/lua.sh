sed -i "s|^#define LUA_ROOT.*|#define LUA_ROOT \"$out/\"|" src/luaconf.h
mv src/lua.c src/luac.c "$NIX_BUILD_TOP/"
shared liblua.so.5.4.4 -DLUA_USE_POSIX -DLUA_USE_DLOPEN -Isrc src/*.c -lm -ldl
mkdir -p "$out/bin" "$dev/include"
$CC $CFLAGS -DLUA_USE_POSIX -DLUA_USE_DLOPEN -Isrc -Wl,--export-dynamic -o "$out/bin/lua" "$NIX_BUILD_TOP/lua.c" \
    -L"$out/lib" -Wl,-rpath,"$out/lib" $LDFLAGS -llua -lm -ldl
cp src/lua.h src/luaconf.h src/lualib.h src/lauxlib.h "$dev/include/"
