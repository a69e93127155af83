"""`python -m recording.measure FILE [--plot SVG] [--title TEXT]`: the figures of one recording on this disk, as JSON.

Control runs it for each recording (control/recordings/measuring.py). Status 1, and the reason on stderr, for what is no
recording.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from recording.measure import levels
from recording.measure.figures import measure
from recording.measure.plot import svg
from recording.measure.told import told


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m recording.measure", description="Figures of a recording on disk.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--plot", type=Path, metavar="SVG", help="write a drawing of the call")
    parser.add_argument("--title", help="over the drawing (default: the file's name)")
    parser.add_argument("--nice", type=int, default=0, help="how much to stand back for other processes (0 to 19)")
    arguments = parser.parse_args()
    os.nice(arguments.nice)
    try:
        both = levels.read(arguments.file)
        found = measure(both)
        if arguments.plot is not None:
            arguments.plot.write_text(svg(both, found, arguments.title or arguments.file.name), encoding="utf-8")
    except (levels.NotMeasurable, OSError) as error:
        sys.stderr.write(f"{arguments.file.name}: {error}\n")
        return 1
    sys.stdout.write(json.dumps(told(found)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
