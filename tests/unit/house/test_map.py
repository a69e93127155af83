"""docs/architecture.md is the map: what it names is there."""

from __future__ import annotations

import re

import pytest

from tests.support.house import ROOT

_MAP = ROOT / "docs" / "architecture.md"
_QUOTED = re.compile(r"`([A-Za-z0-9_.*<>{},/-]+)`")
_FOLDERS = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))


def _paths(text: str) -> list[str]:
    """Quoted words that look like a path of this repository: they begin with one of its folders, or end like a file."""
    words = [word for word in _QUOTED.findall(text) if not re.search(r"[<>*{},]", word) and not word.startswith("/")]
    return [word for word in words if (word.split("/")[0] in _FOLDERS and "/" in word) or _is_file(word)]


def _is_file(word: str) -> bool:
    return "/" not in word and (word.endswith((".md", ".toml", ".yaml")) or word in ("Makefile", "Procfile"))


def test_paths_on_the_map_exist() -> None:
    """A map that names what is not there sends its reader astray. `var/` is made at run time."""
    named = [path for path in _paths(_MAP.read_text(encoding="utf-8")) if not path.startswith("var/")]
    missing = sorted({path for path in named if not (ROOT / path.split(":")[0]).exists()})
    assert not missing, f"not there: {missing}"
    assert len(named) >= 10


@pytest.mark.parametrize(
    ("text", "found"), [("see `ops/nowhere.py`", 1), ("`ops/*.py` and `3.11`", 0), ("`README.md`", 1)]
)
def test_paths_are_recognised(text: str, found: int) -> None:
    """The test above can fail."""
    assert len(_paths(text)) == found
