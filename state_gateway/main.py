"""The state gateway: `python state_gateway/main.py`. Settings: STATE_GATEWAY_... (settings.py)."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

import atexit
import os
import shutil
import tempfile

if os.environ.get("STATE_GATEWAY_PROCESSES", "1") not in ("", "1") and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    # Before prometheus_client is first imported, or each process shows its own numbers only.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="switchboard-gateway-metrics-")
    atexit.register(shutil.rmtree, os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)

from ops import logging
from ops.settings import exit_on_bad_settings
from state_gateway import processes, serve, settings
from state_gateway.build import build
from state_gateway.security.clients_file import BadClientsFile


def main() -> None:
    with exit_on_bad_settings(BadClientsFile):
        wanted = settings.read()
        logging.configure(wanted.logs.format, pii=wanted.logs.pii)
        if wanted.server.processes == 1:
            app = build(wanted)
    if wanted.server.processes == 1:
        serve.run(app, wanted)
        return

    def one() -> None:
        with exit_on_bad_settings(BadClientsFile):
            serve.run(build(wanted), wanted, processes.listener(wanted.server.host, wanted.server.port))

    sys.exit(processes.run(wanted.server.processes, one))


if __name__ == "__main__":
    main()
