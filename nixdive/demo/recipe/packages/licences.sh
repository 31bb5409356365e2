# One document with the licence of everything in the demo, taken from the sources themselves.
mkdir -p "$out/share/licenses"
document=$out/share/licenses/LICENSES.md
cat "$head" > "$document"
for notice in $notices; do
    printf '\n' >> "$document"
    cat "$notice" >> "$document"
done
