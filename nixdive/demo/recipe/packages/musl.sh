CC=gcc LDFLAGS=-Wl,--build-id=none CFLAGS="-Os -ffile-prefix-map=$work=. -w" \
    ./configure --prefix="$out" --syslibdir="$out/lib" --disable-static --enable-wrapper=no >&2
make -j2 >&2
mkdir -p "$out/lib" "$out/bin"
cp lib/libc.so "$out/lib/libc.so"
strip "$out/lib/libc.so"
ln -s libc.so "$out/lib/ld-musl-x86_64.so.1"
ln -s ../lib/libc.so "$out/bin/ldd"
