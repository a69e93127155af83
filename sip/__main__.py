"""`python -m sip COMMAND`: telephone lines, set up and looked after. Each module of sip/commands/ is a command.

What stops any of them is exit status 1: 2 is `plan`'s word for "there is something to do".
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from config.problems import ConfigError
from ops.commands import run
from ops.settings import BadSettings
from sip import commands
from sip.errors import SipError
from sip.show import plain


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """1 where the command line, the settings or the configuration are wrong, else what the command says."""
    parser = _Parser(prog="python -m sip", description="Telephone lines: set up, looked after, and dialled out on.")
    try:
        return run(parser, commands, arguments)
    except (BadSettings, ConfigError) as error:
        sys.stderr.write("\n".join(f"{number}. {problem}" for number, problem in enumerate(error.problems, 1)) + "\n")
    except SipError as error:
        sys.stderr.write("\n".join(map(plain, str(error).splitlines())) + "\n")
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. What was done is above; the same command goes on from there.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
