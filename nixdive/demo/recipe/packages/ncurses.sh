./configure --host=x86_64-linux-musl --build=x86_64-linux-gnu --prefix="$out" --with-build-cc=gcc --with-shared \
    --without-normal --without-debug --without-cxx --without-cxx-binding --without-ada --without-manpages \
    --without-tests --without-progs --with-termlib --enable-widec --disable-stripping --disable-db-install \
    --disable-home-terminfo --disable-root-environ \
    --with-terminfo-dirs="$terminfo/share/terminfo" --with-default-terminfo-dir="$terminfo/share/terminfo" >&2
make -j2 -C include >&2
make -j2 -C ncurses >&2
mkdir -p "$out/lib" "$dev/include"
cp -P lib/libtinfow.so* "$out/lib/"
strip "$out"/lib/libtinfow.so.6.*
ln -s libtinfow.so.6 "$out/lib/libtinfo.so"
cp include/curses.h include/term.h include/termcap.h include/unctrl.h include/ncurses_dll.h "$dev/include/"
