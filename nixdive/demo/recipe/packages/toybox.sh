kernel_headers "$NIX_BUILD_TOP/kernel"
for one in $commands; do echo "CONFIG_$one=y"; done > "$NIX_BUILD_TOP/wanted"
export KCONFIG_ALLCONFIG=$NIX_BUILD_TOP/wanted NOSTRIP=1
CFLAGS="$CFLAGS -isystem $NIX_BUILD_TOP/kernel"
export OPTIMIZE=-Os HOSTCC=gcc CROSS_COMPILE=
make allnoconfig >&2
make toybox >&2
mkdir -p "$out/bin"
install -m 755 toybox "$out/bin/toybox"
strip "$out/bin/toybox"
for one in $("$out/bin/toybox"); do ln -s toybox "$out/bin/$one"; done
