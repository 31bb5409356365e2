./configure --host=x86_64-linux-musl --build=x86_64-linux-gnu --disable-static --disable-examples \
    CPPFLAGS="$CPPFLAGS" CFLAGS="$CFLAGS -D__STDC_ISO_10646__=201103L" LIBS=-ltinfo >&2
make -j2 -C src >&2
rm -f src/.libs/*.so*
shared libedit.so.2.0.70 src/.libs/*.o -ltinfo
mkdir -p "$dev/include/editline"
cp src/histedit.h "$dev/include/"
cp src/editline/readline.h "$dev/include/editline/"
