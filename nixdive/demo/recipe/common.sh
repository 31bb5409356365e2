# What every package starts from: unpacked sources, and a compiler that links against store paths.
#
# In: out (and dev), name, source (files of the Debian archive), digests, patched (the .dsc, or empty), tree
# (a directory of our own, or empty), libs (store paths to link against), devs (their headers), script.
export SOURCE_DATE_EPOCH=1 TZ=UTC LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/homeless-shelter
umask 022

fetched=
for file in $source; do
    digest=${digests%% *}
    digests=${digests#* }
    echo "$digest  $file" | sha256sum -c --quiet
    case $file in
    *.orig.tar.*) fetched=$file ;;
    esac
done

work=$NIX_BUILD_TOP/src
if [ -n "$patched" ]; then
    dpkg-source --no-check -x "$patched" "$work" >&2
elif [ -n "$fetched" ]; then
    mkdir "$work"
    if [ "$(tar -tf "$fetched" | cut -d/ -f1 | sort -u | wc -l)" = 1 ]; then
        tar -xf "$fetched" -C "$work" --strip-components=1 --no-same-owner
    else
        tar -xf "$fetched" -C "$work" --no-same-owner # tzdata has no directory of its own
    fi
elif [ -n "$tree" ]; then
    cp -r "$tree" "$work"
    chmod -R u+w "$work"
else
    mkdir "$work"
fi
cd "$work"

export CC=musl-gcc HOSTCC=gcc BUILD_CC=gcc
export CPPFLAGS='' CFLAGS='' LDFLAGS=''
for headers in $devs; do CPPFLAGS="$CPPFLAGS -I$headers/include"; done
CFLAGS="-Os -fPIC -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -frandom-seed=demo"
CFLAGS="$CFLAGS -ffile-prefix-map=$work=. -w"
LDFLAGS="-Wl,--gc-sections,--build-id=none,-z,noseparate-code -s"
for lib in $libs; do
    LDFLAGS="$LDFLAGS -L$lib/lib -Wl,-rpath,$lib/lib"
    if [ -e "$lib/lib/ld-musl-x86_64.so.1" ]; then
        LDFLAGS="$LDFLAGS -Wl,--dynamic-linker=$lib/lib/ld-musl-x86_64.so.1"
    fi
done

# kernel_headers DIR: the kernel's headers alone, which musl's compiler does not look for.
kernel_headers() {
    mkdir "$1"
    ln -s /usr/include/linux /usr/include/asm-generic /usr/include/mtd "$1/"
    ln -s /usr/include/x86_64-linux-gnu/asm "$1/asm"
}

# shared NAME.so.VERSION SOURCES AND LIBRARIES: compile and link one library, with its soname up to the first number.
shared() {
    file=$1
    shift
    mkdir -p "$out/lib"
    stem=${file%%.so*}
    major=$(echo "$file" | sed 's/^.*\.so\.\([0-9]*\).*/\1/')
    $CC $CPPFLAGS $CFLAGS -shared -Wl,-soname,"$stem.so.$major" -o "$out/lib/$file" "$@" $LDFLAGS
    ln -sf "$file" "$out/lib/$stem.so.$major"
    ln -sf "$file" "$out/lib/$stem.so"
}

# lua_module MODULE/PATH SOURCES AND LIBRARIES: a module in C for Lua 5.4.
lua_module() {
    module=$out/lib/lua/5.4/$1.so
    shift
    mkdir -p "${module%/*}"
    $CC $CPPFLAGS $CFLAGS -shared -o "$module" "$@" $LDFLAGS
}

# fill FILES: put the store path of each package where its name stands between at signs.
fill() {
    for file in "$@"; do
        for pair in $names; do
            sed -i "s|@${pair%%=*}@|${pair#*=}|g" "$file"
        done
    done
}

. "$script"
