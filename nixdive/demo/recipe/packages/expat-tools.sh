mkdir -p "$out/bin"
cp "$expat_dev"/src/* .
$CC $CPPFLAGS $CFLAGS -DHAVE_EXPAT_CONFIG_H -I. -o "$out/bin/xmlwf" \
    codepage.c unixfilemap.c xmlfile.c xmlwf.c $LDFLAGS -lexpat
