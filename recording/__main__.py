"""`python -m recording COMMAND`: what was recorded, looked after. Each module of recording/commands/ is a command.

What stops any of them is exit status 1: 2 is `bucket plan`'s word for "there is something to do".
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from config.problems import ConfigError
from ops.commands import run
from ops.settings import BadSettings
from recording import commands
from recording.errors import RecordingError
from recording.terminal import plain


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """1 where the command line, the settings or the configuration are wrong, else what the command says."""
    parser = _Parser(prog="python -m recording", description="Recordings: proven, held, listened to, deleted.")
    try:
        return run(parser, commands, arguments)
    except (BadSettings, ConfigError) as error:
        sys.stderr.write("\n".join(f"{number}. {problem}" for number, problem in enumerate(error.problems, 1)) + "\n")
    except RecordingError as error:
        sys.stderr.write("\n".join(map(plain, str(error).splitlines())) + "\n")
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. What was done is above; the same command goes on from there.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
