lua_module lpeg lpcap.c lpcode.c lpprint.c lptree.c lpvm.c
mkdir -p "$out/share/lua/5.4"
cp re.lua "$out/share/lua/5.4/"
