"""`python -m state_gateway keys ...`: what an operator does by hand."""

from __future__ import annotations

import sys

from ops.clock import SystemClock
from ops.settings import exit_on_bad_settings, load
from state_gateway import keys_command
from state_gateway.security.assemble import REPOSITORY
from state_gateway.settings import Security


def main() -> int:
    asked = keys_command.arguments().parse_args()
    with exit_on_bad_settings():
        security = load({"security": Security})["security"]
    root = security.signing_root.get_secret_value().encode() if security.signing_root else None
    return keys_command.run(asked, asked.file or REPOSITORY / security.keys_file, root, SystemClock(), _say)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
