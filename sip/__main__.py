"""`python -m sip COMMAND`: telephone lines, set up and looked after. Each module of sip/commands/ is a command.

What stops any of them is exit status 1: 2 is `plan`'s word for "there is something to do".
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from config.problems import ConfigError
from ops.commands import Parser, told
from ops.settings import BadSettings
from sip import commands
from sip.errors import SipError


def main(arguments: Sequence[str] | None = None) -> int:
    """1 where the command line, the settings or the configuration are wrong, else what the command says."""
    parser = Parser(prog="python -m sip", description="Telephone lines: set up, looked after, and dialled out on.")
    return told(parser, commands, arguments, mistakes=(BadSettings, ConfigError), stopped=SipError)


if __name__ == "__main__":
    sys.exit(main())
