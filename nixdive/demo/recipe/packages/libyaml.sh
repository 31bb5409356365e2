shared libyaml-0.so.2.0.9 -DYAML_VERSION_MAJOR=0 -DYAML_VERSION_MINOR=2 -DYAML_VERSION_PATCH=5 \
    -DYAML_VERSION_STRING='"0.2.5"' -Iinclude src/*.c
mkdir -p "$dev/include"
cp include/yaml.h "$dev/include/"
