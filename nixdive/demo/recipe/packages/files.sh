# Files of our own, with store paths filled in; programs are executable.
mkdir -p "$out/${into%/*}"
cp -r . "$out/$into"
find "$out" -type f | sort > "$NIX_BUILD_TOP/list"
while read -r file; do
    fill "$file"
    case $(head -c 2 "$file") in '#!') chmod 555 "$file" ;; esac
done < "$NIX_BUILD_TOP/list"
