"""The telephone double's program: built from local/stand_ins/telephone, its name keyed by what it was built from."""

from __future__ import annotations

import hashlib
from pathlib import Path

from local.go_tool import Say, build
from local.paths import BIN, ROOT

SOURCES = ROOT / "local" / "stand_ins" / "telephone"


def program(say: Say) -> Path:
    """The double's program, built unless these very sources were built before. Blocks; CannotBuildError if it can't.

    A first build takes about a minute on two cores, later ones seconds.
    """
    if here := found():
        return here
    say("Building the telephone double: about a minute the first time.")
    return build(["build", "-v", "-o", "{bin}/", "."], name=name(), directory=SOURCES, say=say)


def found() -> Path | None:
    """The program, where these very sources were built before."""
    built = BIN / name()
    return built if built.exists() else None


def name() -> str:
    """ "telephone-<hash of its sources>"; tests (`*_test.go`) are no part of the program."""
    digest = hashlib.sha256()
    for source in sorted(found for found in SOURCES.rglob("*") if _is_source(found)):
        digest.update(f"{source.relative_to(SOURCES)}\0".encode())
        digest.update(source.read_bytes())
    return f"telephone-{digest.hexdigest()[:16]}"


def _is_source(path: Path) -> bool:
    return path.name in {"go.mod", "go.sum"} or (path.suffix == ".go" and not path.name.endswith("_test.go"))
