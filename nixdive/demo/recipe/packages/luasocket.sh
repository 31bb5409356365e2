cd src
lua_module socket/core -DLUASOCKET_API='__attribute__((visibility("default")))' auxiliar.c buffer.c compat.c \
    except.c inet.c io.c luasocket.c options.c select.c tcp.c timeout.c udp.c usocket.c
lua_module mime/core mime.c compat.c
mkdir -p "$out/share/lua/5.4/socket"
cp ltn12.lua mime.lua socket.lua "$out/share/lua/5.4/"
cp http.lua url.lua headers.lua tp.lua "$out/share/lua/5.4/socket/"
