lua_module lfs src/lfs.c
