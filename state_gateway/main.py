"""The state gateway: `python state_gateway/main.py`. Settings: STATE_GATEWAY_... (settings.py)."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from ops import logging
from ops.settings import exit_on_bad_settings
from state_gateway import serve, settings
from state_gateway.build import build
from state_gateway.security.clients_file import BadClientsFile


def main() -> None:
    with exit_on_bad_settings(BadClientsFile):
        wanted = settings.read()
        logging.configure(wanted.logs.format, pii=wanted.logs.pii)
        app = build(wanted)
    serve.run(app, wanted)


if __name__ == "__main__":
    main()
