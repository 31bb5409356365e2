CC=gcc BUILD_CC=gcc CFLAGS=-O1 LDFLAGS='' ./configure --disable-tcl --disable-readline >&2
make sqlite3.c shell.c >&2
shared libsqlite3.so.0.8.6 -DSQLITE_THREADSAFE=1 -DSQLITE_DQS=0 -DSQLITE_OMIT_DEPRECATED -DSQLITE_ENABLE_JSON1 \
    -DSQLITE_ENABLE_DBSTAT_VTAB -DSQLITE_ENABLE_COLUMN_METADATA -DHAVE_USLEEP=1 $options sqlite3.c
mkdir -p "$dev/include" "$dev/src"
cp sqlite3.h sqlite3ext.h "$dev/include/"
cp shell.c "$dev/src/"
