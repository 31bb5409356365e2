[ -d expat ] && cd expat
cat > expat_config.h <<'H'
#define BYTEORDER 1234
#define HAVE_GETRANDOM 1
#define XML_CONTEXT_BYTES 1024
#define XML_DTD 1
#define XML_NS 1
#define XML_DEV_URANDOM 1
#define PACKAGE_NAME "expat"
#define HAVE_UNISTD_H 1
#define HAVE_MMAP 1
H
shared libexpat.so.1.8.10 -DHAVE_EXPAT_CONFIG_H -I. -Ilib lib/xmlparse.c lib/xmltok.c lib/xmlrole.c
mkdir -p "$dev/include" "$dev/src"
cp lib/expat.h lib/expat_external.h "$dev/include/"
cp expat_config.h lib/internal.h xmlwf/*.c xmlwf/*.h xmlwf/*.inc lib/xmltchar.h "$dev/src/" 2>/dev/null || true
