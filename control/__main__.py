"""`python -m control COMMAND`: what an operator does beside the service. Each module of control/commands/ is one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from control import commands
from ops.commands import run
from ops.settings import exit_on_bad_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """2 where the command line or the settings are wrong, else what the command says."""
    parser = argparse.ArgumentParser(prog="python -m control", description="What an operator does beside the service.")
    with exit_on_bad_settings():
        return run(parser, commands, arguments)


if __name__ == "__main__":
    sys.exit(main())
