"""An AWS for tests: moto's server with a CloudFormation that behaves. Listens on loopback, on a free port; says which.

Usage: python3 emulated_aws.py
Prints one line, `listening on http://127.0.0.1:PORT`, and runs until its standard input ends.
EMULATED_AWS_FAILURES names a file of failures that tests plan; see cloudformation_engine.py.
EMULATED_AWS_POLICIES names a file of rights; see permissions.py.
"""

from __future__ import annotations

import os
import sys
import threading

# A fixed account, and services that ECS reports as steady at once.
os.environ.setdefault("MOTO_ACCOUNT_ID", "123456789012")
os.environ.setdefault("MOTO_ECS_SERVICE_RUNNING", "1")

from moto.moto_server.threaded_moto_server import ThreadedMotoServer  # noqa: E402

import cloudformation_engine  # noqa: E402
import model_gaps  # noqa: E402, F401 - defining a model is enough for moto to find it
import permissions  # noqa: E402


def main() -> None:
    cloudformation_engine.install()
    permissions.install()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"listening on http://{host}:{port}", flush=True)
    sys.stdin.read()
    threading.Thread(target=server.stop, daemon=True).start()


if __name__ == "__main__":
    main()
