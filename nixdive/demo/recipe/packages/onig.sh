autoreconf -fi >&2
./configure --host=x86_64-linux-musl --build=x86_64-linux-gnu --disable-static >&2
make -j2 -C src LDFLAGS='' >&2
rm -f src/.libs/*.so*
shared libonig.so.5.3.0 src/.libs/*.o
mkdir -p "$dev/include"
cp src/oniguruma.h "$dev/include/"
