"""`python -m infra.cerebrium.lint [path]`: every mistake in cerebrium.toml that Cerebrium would pass over in silence.

Exit code 0: none. 1: some, one a line. 2: the file could not be read.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from infra.cerebrium import rules, shape

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "infra/cerebrium/cerebrium.toml"


def mistakes(text: str, root: Path = ROOT) -> list[str]:
    """What is wrong with a cerebrium.toml, in sentences. Raises tomllib.TOMLDecodeError."""
    document = tomllib.loads(text)
    return [*shape.check(document), *rules.check(shape.sections_of(document), root)]


def main(arguments: list[str]) -> int:
    path = Path(arguments[0]) if arguments else CONFIG
    try:
        found = mistakes(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        sys.stderr.write(f"{path}: {getattr(error, 'strerror', None) or error}\n")
        return 2
    for sentence in found:
        sys.stderr.write(f"{path.name}: {sentence}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
