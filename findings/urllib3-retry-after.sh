#!/usr/bin/env bash
# urllib3: a request waits and is sent again where the answer has Retry-After, whatever its timeout.
#
# Guess: `request("GET", url, timeout=0.5)` returns the answer, whatever its status is: by default urllib3 tries again after connections that
#   fail, not after statuses (`status_forcelist` is empty). Nothing takes longer than the timeout allows for each try.
# What happens: an answer of 413, 429 or 503 with Retry-After is thrown away; urllib3 sleeps for as long as the server says and sends the
#   request again, up to three times, and returns the fourth answer. Without the header the first answer comes back at once. POST and PATCH
#   come back in any case; PUT and DELETE do not. The timeout does not count the sleep, and nothing is said.
# Why it matters: the server decides how long a call takes: a registry that says "in an hour" has it sleep for hours, where nobody can stop
#   it, and code of one's own that reads Retry-After sees each fourth refusal alone. retries=False (or respect_retry_after_header=False)
#   hands over the first answer.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages "urllib3==2.8.0"

python3 - <<'END' || changed "the number of requests, or the time"
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3

SECONDS = 1
seen = []


class Busy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen.append(self.path)
        self.send_response(429)
        if self.path == "/wait":
            self.send_header("Retry-After", str(SECONDS))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_POST = do_GET

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
threading.Thread(target=server.serve_forever, daemon=True).start()
pool = urllib3.PoolManager()
found = []
for method, path, options in (
    ("GET", "/", {}),
    ("GET", "/wait", {}),
    ("PUT", "/wait", {}),
    ("POST", "/wait", {}),
    ("GET", "/wait", {"retries": False}),
):
    seen.clear()
    begun = time.monotonic()
    url = f"http://127.0.0.1:{server.server_port}{path}"
    status = pool.request(method, url, timeout=0.5 * SECONDS, **options).status
    took = time.monotonic() - begun
    found.append((len(seen), len(seen) > 1 and took >= 3 * SECONDS))
    header = "with Retry-After" if path == "/wait" else "without it"
    print(f"{method:4} {header:16} {options or ''}: {status} after {len(seen)} request(s), {took:.1f} s")
server.shutdown()
sys.exit(found != [(1, False), (4, True), (4, True), (1, False), (1, False)])
END
