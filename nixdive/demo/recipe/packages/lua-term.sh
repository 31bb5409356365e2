lua_module term/core core.c
mkdir -p "$out/share/lua/5.4/term"
cp term/*.lua "$out/share/lua/5.4/term/"
