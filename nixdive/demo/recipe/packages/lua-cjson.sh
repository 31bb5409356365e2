lua_module cjson -DENABLE_CJSON_GLOBAL=0 lua_cjson.c strbuf.c fpconv.c
mkdir -p "$out/share/lua/5.4/cjson"
cp lua/cjson/util.lua "$out/share/lua/5.4/cjson/"
