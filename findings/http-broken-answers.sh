#!/usr/bin/env bash
# HTTP: an answer that breaks off in its headers is a whole one, and read(N) may take far more than N bytes.
#
# Guess: a connection that ends before the empty line behind the headers is an error, and whoever reads at most N bytes of an answer
#   takes no more memory than that.
# What happens: http.client takes the end of the connection for the end of the headers. urllib3 returns the status and an empty body,
#   and nothing is raised; with HEAD it looks as a good answer does. A chunk of the length -1 is read to the end of the connection:
#   read(1000) of http.client and of urllib3, and urllib3's stream(1000), hold all 5,000,000 bytes before they raise. read1(1000)
#   returns 1000.
# Why it matters: what broke off is not asked for again, but is an empty document, and the cause is lost. And a bound on what is read of
#   a stranger's answer is none where the stranger sends a negative length.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages urllib3==2.8.0

python - <<'END'
import contextlib
import http.client
import socket
import threading
import tracemalloc

import urllib3

CUT = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Len"
CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n" + bytes(5_000_000)


def answer(server, data):
    connection, _ = server.accept()
    with connection, contextlib.suppress(ConnectionError):  # nobody may read all of it
        connection.recv(1 << 16)
        connection.sendall(data)


def asked(data, ask):
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, args=(server, data))
        thread.start()
        try:
            return ask(server.getsockname()[1])
        finally:
            thread.join()


def plain(port):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/")
    return connection.getresponse()


def pooled(port, method="GET"):
    return urllib3.PoolManager().request(
        method, f"http://127.0.0.1:{port}/", preload_content=False, retries=False
    )


def status_and_body(made):
    return made.status, len(made.read())


def held(read):
    """Return whether reading 1000 bytes holds millions of them, and how it ends."""
    tracemalloc.start()
    try:
        ended = len(read(1000))
    except Exception as error:
        ended = type(error).__name__
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak > len(CHUNK) // 2, ended


expected = {
    "cut, http.client": (200, 0),
    "cut, urllib3": (200, 0),
    "cut, urllib3, HEAD": (200, 0),
    "chunk, http.client, read": (True, "IncompleteRead"),
    "chunk, urllib3, read": (True, "ProtocolError"),
    "chunk, urllib3, stream": (True, "ProtocolError"),
    "chunk, urllib3, read1": (False, 1000),
}
found = {
    "cut, http.client": asked(CUT, lambda port: status_and_body(plain(port))),
    "cut, urllib3": asked(CUT, lambda port: status_and_body(pooled(port))),
    "cut, urllib3, HEAD": asked(CUT, lambda port: status_and_body(pooled(port, "HEAD"))),
    "chunk, http.client, read": asked(CHUNK, lambda port: held(plain(port).read)),
    "chunk, urllib3, read": asked(CHUNK, lambda port: held(pooled(port).read)),
    "chunk, urllib3, stream": asked(CHUNK, lambda port: held(lambda most: next(pooled(port).stream(most)))),
    "chunk, urllib3, read1": asked(CHUNK, lambda port: held(pooled(port).read1)),
}
for what, value in found.items():
    print(f"{what:26} {value}")
raise SystemExit(found != expected)
END
