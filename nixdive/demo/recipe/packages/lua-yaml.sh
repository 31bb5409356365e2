lua_module yaml -DPACKAGE='"lyaml"' -DVERSION='"6.2.8"' -Iext/include ext/yaml/yaml.c ext/yaml/emitter.c \
    ext/yaml/parser.c ext/yaml/scanner.c -lyaml-0
mkdir -p "$out/share/lua/5.4"
cp -r lib/lyaml "$out/share/lua/5.4/"
