"""Small enough to read: there is no list of exceptions, a file that grew too large is split by concept."""

from __future__ import annotations

import ast
from statistics import median

import pytest

from tests.support.house import PACKAGES, ROOT, functions, place, sources

_MODULE, _MEDIAN, _FUNCTION, _ARGUMENTS = 400, 150, 60, 8


def _lines(top: str) -> dict[str, int]:
    return {str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines()) for p in sources(top)}


@pytest.mark.parametrize("top", [*PACKAGES, "tests"])
def test_modules_are_short(top: str) -> None:
    """No module has more than 400 lines: give a concept of it a file of its own."""
    long = {name: count for name, count in _lines(top).items() if count > _MODULE}
    assert not long, f"split by concept: {long}"


def test_the_typical_module_is_shorter_still() -> None:
    """The median of all modules with code in them is at most 150 lines."""
    counts = [count for top in PACKAGES for count in _lines(top).values() if count > 1]
    assert median(counts) <= _MEDIAN


def test_functions_are_short_and_take_few_arguments() -> None:
    """At most 60 lines and 8 arguments besides self: else a step or a dataclass is waiting for its name."""
    faults = []
    for path in sources(*PACKAGES, "tests"):
        for function in functions(path):
            lines = (function.end_lineno or 0) - function.lineno + 1
            if lines > _FUNCTION:
                faults.append(f"{place(path, function)} {function.name}: {lines} lines")
            if (count := _arguments(function.args)) > _ARGUMENTS:
                faults.append(f"{place(path, function)} {function.name}: {count} arguments")
    assert not faults, "\n".join(faults)


def _arguments(args: ast.arguments) -> int:
    every = [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    return len([name for name in every if name not in ("self", "cls")])
