mkdir -p "$out/bin"
cp "$sqlite_dev/src/shell.c" .
$CC $CPPFLAGS $CFLAGS -DHAVE_EDITLINE=1 -DHAVE_READLINE=0 -DSQLITE_HAVE_ZLIB=1 -DSQLITE_OMIT_LOAD_EXTENSION \
    -o "$out/bin/sqlite3" shell.c $LDFLAGS -lsqlite3 -ledit -lz
