"""`python3 -m local.build`: build what has to be built (the Go programs of NAMES below), say where it is.

Standard library only, so that it can run while the Python packages are still being installed.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Collection

from local import doubles, gcs_server, livekit_server
from local.go_tool import CannotBuildError, Say

NAMES = ("livekit", "gcs", *(double.name for double in doubles.ALL))
"""The processes whose program may have to be built."""


def programs(names: Collection[str], say: Say) -> dict[str, tuple[str, ...]]:
    """The command lines of those of NAMES that are in `names`, built where needed. Blocks; CannotBuildError."""
    found: dict[str, tuple[str, ...]] = {}
    for double in doubles.ALL:
        if double.name in names:
            found[double.name] = (str(double.program(say)),)
    if "livekit" in names:
        found["livekit"] = livekit_server.command(say)
    if "gcs" in names:
        found["gcs"] = (str(gcs_server.program(say)),)
    return found


def main() -> int:
    """Build all. 0, or 2 with the reason and the remedy on stderr, or 130 when it was interrupted."""
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))  # so that the compiler is ended too
    try:
        found = programs(NAMES, lambda line: print(line, flush=True))
    except KeyboardInterrupt:
        return 130
    except CannotBuildError as error:
        print(error, file=sys.stderr)
        return 2
    for name, command in found.items():
        print(f"{name}: {' '.join(command)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
