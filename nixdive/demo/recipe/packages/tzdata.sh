# The names of today and those kept for old programs, in the short form.
mkdir -p "$out/share/zoneinfo"
/usr/sbin/zic -b slim -d "$out/share/zoneinfo" africa antarctica asia australasia europe northamerica southamerica \
    etcetera >&2
cp zone1970.tab iso3166.tab leap-seconds.list "$out/share/zoneinfo/" 2>/dev/null || cp zone1970.tab iso3166.tab "$out/share/zoneinfo/"
cp version "$out/share/zoneinfo/+VERSION"
