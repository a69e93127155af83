"""What a command of `python -m recording` says, for a person or a pipe: a command has a terminal, a service has a
log."""

from __future__ import annotations

import sys

from ops.terminal import plain


def tell(text: str) -> None:
    """Lines on stdout, at once: also where they are read while the command goes on. Anybody may have named what is in
    them: what is no letter is shown as "?"."""
    sys.stdout.write("\n".join(plain(line) for line in text.split("\n")) + "\n")
    sys.stdout.flush()
