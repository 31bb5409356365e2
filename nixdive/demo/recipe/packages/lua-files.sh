# A module in Lua: copied as it is.
mkdir -p "$out/share/lua/5.4"
for one in $modules; do
    if [ -d "$one" ]; then cp -r "$one" "$out/share/lua/5.4/"; else cp "$one" "$out/share/lua/5.4/"; fi
done
