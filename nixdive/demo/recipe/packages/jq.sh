autoreconf -fi >&2
./configure --host=x86_64-linux-musl --build=x86_64-linux-gnu --disable-docs --disable-maintainer-mode \
    --disable-valgrind --disable-shared --enable-static --with-oniguruma=yes --prefix=/jq >&2
make src/version.h src/builtin.inc >&2
make -j2 jq >&2
mkdir -p "$out/bin"
cp jq "$out/bin/jq"
strip "$out/bin/jq"
