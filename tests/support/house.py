"""The house's own source files, for the tests that hold its rules."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("agent", "calls", "config", "ops", "tts_server", "sip", "recording", "control", "state_gateway")
PACKAGES = (*PRODUCT, "local", "bench", "infra")


@cache
def sources(*tops: str) -> tuple[Path, ...]:
    """Python files of the folders `tops` that exist (all packages where none is named), as git would see them."""
    wanted = [top for top in tops or PACKAGES if (ROOT / top).is_dir()]
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *wanted]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(sorted(path for name in listed if (path := ROOT / name).suffix == ".py" and path.exists()))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"
