"""Who may import whom: the contracts of pyproject.toml, run; and what they cannot say."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tests.support.house import PACKAGES, PRODUCT, ROOT, place, sources, tree


def _imported(path: Path) -> list[tuple[str, ast.AST]]:
    found: list[tuple[str, ast.AST]] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [(f"{node.module}.{alias.name}", node) for alias in node.names]
    return found


def test_import_contracts_hold() -> None:
    """import-linter reads pyproject.toml; its report says which import breaks which contract."""
    program = Path(sys.executable).with_name("lint-imports")
    command = [str(program), "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_mocks() -> None:
    """Fakes are small scripted programs in tests/fakes/, which say what they do; a mock agrees with anything."""
    files = sources(*PACKAGES, "tests")
    faults = [place(path, node) for path in files for name, node in _imported(path) if name.startswith("unittest")]
    faults += [place(path, node) for path in files for name, node in _imported(path) if name.split(".")[0] == "mock"]
    assert not faults, faults


def test_the_product_never_imports_its_tests() -> None:
    """What is deployed has no tests folder beside it."""
    files = sources(*PACKAGES)
    faults = [place(path, node) for path in files for name, node in _imported(path) if name.split(".")[0] == "tests"]
    assert not faults, faults


def test_tasks_are_born_in_one_place() -> None:
    """`loop.create_task` would go past ops/tasks.py unseen by ruff's ban on asyncio.create_task. A task group may make
    tasks: they end with its block."""
    faults = []
    for path in sources(*PRODUCT):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and node.attr in ("create_task", "ensure_future"):
                owner = ast.unparse(node.value)
                if ("loop" in owner or owner == "asyncio") and path != ROOT / "ops" / "tasks.py":
                    faults.append(place(path, node))
    assert not faults, faults


def test_prints_are_for_terminals() -> None:
    """A service logs. `print` and `logging.getLogger` would go past LOG_FORMAT and the list of safe keys."""
    faults = [
        place(path, node)
        for path in sources(*PRODUCT)
        if path.parent.name != "ops" or path.name != "logging.py"
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Name) and node.id == "print")
        or (isinstance(node, ast.Attribute) and node.attr == "getLogger")
    ]
    assert not faults, faults
