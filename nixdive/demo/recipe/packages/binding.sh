# A binding of our own: one C file and one library.
lua_module "$module" "$module.c" "-l$library"
