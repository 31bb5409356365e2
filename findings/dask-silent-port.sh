#!/usr/bin/env bash
# dask: the timeout of a Client ends once the port has been reached, so that a silent one is waited for without end.
#
# Guess: Client(address, timeout=2) raises within seconds where nobody answers.
# What happens: where the port is closed it does. Where something takes the connection and says nothing, as a web server does or a
#   program that hangs, connect() reads the greeting without a limit, and Client() returns only when the other side hangs up.
# Why it matters: a wrong port number in the address of a scheduler is a command that hangs, in CI until the job's own limit ends it.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages distributed==2026.8.0

python - <<'END_OF_PYTHON'
import socket
import threading
import time

import distributed


def seconds(port, most):
    """Return how long Client() takes to raise, or None where it is still waiting."""
    ended = threading.Event()

    def connect():
        try:
            distributed.Client(f"tcp://127.0.0.1:{port}", timeout=2, set_as_default=False)
        except Exception:
            ended.set()

    began = time.monotonic()
    threading.Thread(target=connect, daemon=True).start()
    return time.monotonic() - began if ended.wait(most) else None


with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_server(("127.0.0.1", 0)) as closed:
    port = closed.getsockname()[1]
    closed.close()
    refused, waited = seconds(port, 60), seconds(silent.getsockname()[1], 20)
print("closed port:", "still waiting" if refused is None else "raised", "with timeout=2")
print("silent port:", "still waiting after 20 seconds" if waited is None else "raised", "with timeout=2")
raise SystemExit(not (refused is not None and waited is None))
END_OF_PYTHON
