"""The speech server: `python tts_server/main.py`. Settings: TTS_SERVER_... (settings.py)."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from ops import logging
from ops.settings import exit_on_bad_settings
from tts_server import serve, settings
from tts_server.build import build
from tts_server.errors import NoEngine


def main() -> None:
    with exit_on_bad_settings(NoEngine):
        wanted = settings.read()
        logging.configure(wanted.logs.format, pii=wanted.logs.pii)
        app = build(wanted)
    serve.run(app, wanted.server)


if __name__ == "__main__":
    main()
