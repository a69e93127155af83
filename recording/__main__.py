"""`python -m recording COMMAND`: what was recorded, looked after. Each module of recording/commands/ is a command.

What stops any of them is exit status 1: 2 is `bucket plan`'s word for "there is something to do".
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from config.problems import ConfigError
from ops.commands import Parser, told
from ops.settings import BadSettings
from recording import commands
from recording.errors import RecordingError


def main(arguments: Sequence[str] | None = None) -> int:
    """1 where the command line, the settings or the configuration are wrong, else what the command says."""
    parser = Parser(prog="python -m recording", description="Recordings: proven, held, listened to, deleted.")
    return told(parser, commands, arguments, mistakes=(BadSettings, ConfigError), stopped=RecordingError)


if __name__ == "__main__":
    sys.exit(main())
