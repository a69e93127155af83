"""What the pages name is there: docs/architecture.md is the map, README.md and docs/ say what to type."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from tests.support.house import ROOT

_MAP = ROOT / "docs" / "architecture.md"
_PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
_QUOTED = re.compile(r"`([A-Za-z0-9_.*<>{},/-]+)`")
_LINKED = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
_MODULE = re.compile(r"python3? -m ([a-z_][a-z_.0-9]*)")
_SCRIPT = re.compile(r"python3? ([a-z_][a-z_./]*\.py)\b")
_TARGET = re.compile(r"(?:^|\s)make ([a-z]+)\b")
_FOLDERS = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))


def _paths(text: str) -> list[str]:
    """Quoted words that look like a path of this repository: they begin with one of its folders, or end like a file."""
    words = [word for word in _QUOTED.findall(text) if not re.search(r"[<>*{},]", word) and not word.startswith("/")]
    return [word for word in words if (word.split("/")[0] in _FOLDERS and "/" in word) or _is_file(word)]


def _is_file(word: str) -> bool:
    return "/" not in word and (word.endswith((".md", ".toml", ".yaml")) or word in ("Makefile", "Procfile"))


def _code(text: str) -> str:
    """What a page shows as code: the blocks, and the words between backticks, one a line."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL) + re.findall(r"^ {4,}\S.*$", text, re.MULTILINE)
    return "\n".join((*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))))


def _absent(page: Path) -> list[str]:
    """Everything that a page tells people to run or to open, and that is not there."""
    return _absent_in(page.read_text(encoding="utf-8"), page.parent)


def _absent_in(text: str, folder: Path) -> list[str]:
    code = _code(text)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    return [
        *(f"python -m {name}" for name in _MODULE.findall(code) if not _is_program(name)),
        *(name for name in _SCRIPT.findall(code) if not (ROOT / name).exists()),
        *(f"make {name}" for name in _TARGET.findall(code) if name not in targets),
        *(link for link in _LINKED.findall(text) if not (folder / link).exists()),
        *(path for path in _paths(text) if not path.startswith("var/") and not _is_there(path, folder)),
    ]


def _is_there(path: str, folder: Path) -> bool:
    """Of this repository, of the page's own folder, or of config/, where the personas' pages are at home."""
    return any(
        (place / path.split(":")[0]).exists() for place in (ROOT, folder, ROOT / "config", ROOT / "config" / "personas")
    )


def _is_program(name: str) -> bool:
    """A module that does something when it is run; one of ours must have a __main__."""
    if not (ROOT / name.split(".")[0]).is_dir():
        return importlib.util.find_spec(name.split(".")[0]) is not None
    base = ROOT.joinpath(*name.split("."))
    files = [path for path in (base.with_suffix(".py"), base / "__main__.py") if path.exists()]
    return any('if __name__ == "__main__"' in path.read_text() or path.name == "__main__.py" for path in files)


def test_paths_on_the_map_exist() -> None:
    """A map that names what is not there sends its reader astray. `var/` is made at run time."""
    named = [path for path in _paths(_MAP.read_text(encoding="utf-8")) if not path.startswith("var/")]
    missing = sorted({path for path in named if not (ROOT / path.split(":")[0]).exists()})
    assert not missing, f"not there: {missing}"
    assert len(named) >= 10


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    """README once told people to run a module that nobody had written."""
    assert _absent(page) == []


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("`python -m local.nowhere`", ["python -m local.nowhere"]),
        ("`python -m local.environment`", ["python -m local.environment"]),  # a module, no program
        ("```\n.venv/bin/python -m bench memory\n```", []),
        ("```\nLLM_MODEL=a make ruin\n```", ["make ruin"]),
        ("    make run ARGS='--help'", []),
        ("we make sure", []),
        ("[here](docs/nowhere.md)", ["docs/nowhere.md"]),
        ("    python agent/nowhere.py", ["agent/nowhere.py"]),
        ("see `ops/nowhere.py`", ["ops/nowhere.py"]),
    ],
)
def test_what_is_absent_is_found(text: str, absent: list[str]) -> None:
    """The test above can fail."""
    assert _absent_in(text, ROOT) == absent


@pytest.mark.parametrize(
    ("text", "found"), [("see `ops/nowhere.py`", 1), ("`ops/*.py` and `3.11`", 0), ("`README.md`", 1)]
)
def test_paths_are_recognised(text: str, found: int) -> None:
    """The test above can fail."""
    assert len(_paths(text)) == found
