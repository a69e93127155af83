"""The doubles that are Go programs: built from local/stand_ins/<name>, their names keyed by what they were built from.

Standard library only: they are built while the Python packages are still being installed (local/bootstrap.py)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from local.go_tool import Say, build
from local.paths import BIN, ROOT


@dataclass(frozen=True)
class Double:
    """One of them. Their go.mod files name the same versions, so that the second is built of what the first left."""

    name: str
    sources: Path

    def program(self, say: Say) -> Path:
        """The double's program, built unless these very sources were built before. Blocks; CannotBuildError.

        A first build takes about a minute on two cores, later ones seconds.
        """
        if here := self.found():
            return here
        say(f"Building the {self.name} double: about a minute the first time.")
        return build(["build", "-v", "-o", "{bin}/", "."], name=self.file, directory=self.sources, say=say)

    def found(self) -> Path | None:
        """The program, where these very sources were built before."""
        built = BIN / self.file
        return built if built.exists() else None

    @property
    def file(self) -> str:
        """ "telephone-<hash of its sources>"; tests (`*_test.go`) and Python are no part of the program."""
        digest = hashlib.sha256()
        for source in sorted(found for found in self.sources.rglob("*") if _is_source(found)):
            digest.update(f"{source.relative_to(self.sources)}\0".encode())
            digest.update(source.read_bytes())
        return f"{self.name}-{digest.hexdigest()[:16]}"


def _is_source(path: Path) -> bool:
    return path.name in {"go.mod", "go.sum"} or (path.suffix == ".go" and not path.name.endswith("_test.go"))


TELEPHONE = Double("telephone", ROOT / "local" / "stand_ins" / "telephone")
EGRESS = Double("egress", ROOT / "local" / "stand_ins" / "egress")
ALL = (TELEPHONE, EGRESS)
