"""The service that outlives the workers: `python control/main.py`. Settings: CONTROL_..., LIVEKIT_..., STATE_..."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from config.problems import ConfigError
from control import serve, settings
from control.build import build
from ops import logging
from ops.settings import exit_on_bad_settings


def main() -> None:
    with exit_on_bad_settings(ConfigError):
        wanted = settings.load()
        logging.configure(wanted.logs.format, pii=wanted.logs.pii)
        app = build(wanted)
    serve.run(app, wanted.server)


if __name__ == "__main__":
    main()
