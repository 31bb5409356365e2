# A tree of links to the files of other packages; the first one that has a name keeps it.
mkdir "$out"
for part in $parts; do
    for top in $tops; do
        [ -d "$part/$top" ] || continue
        (cd "$part" && find "$top" -type d) | sort | while read -r directory; do mkdir -p "$out/$directory"; done
        (cd "$part" && find "$top" ! -type d) | sort | while read -r file; do
            [ -e "$out/$file" ] || [ -L "$out/$file" ] || ln -s "$part/$file" "$out/$file"
        done
    done
done
