"""Nothing of a caller in the logs: each key used in a log call is on the safe list, or says that it is personal."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ops.log_keys import PII_PREFIX, SAFE_KEYS
from tests.support.house import PRODUCT, place, sources, tree

_LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "log", "bind", "new", "msg", "warn"}
_ARGUMENTS = {"exc_info", "stack_info", "stacklevel"}


def _log_calls(module: ast.Module) -> list[ast.Call]:
    """Calls like `log.info(...)`, `self._log.bind(...)`, `logging.bind(...)`: the object's name says that it logs."""
    calls = []
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LEVELS:
            owner = ast.unparse(node.func.value).split("(")[0].lower().split(".")
            if any(part.lstrip("_") in ("log", "logger", "logging") for part in owner[-2:]):
                calls.append(node)
    return calls


def _faults(path: Path | None, module: ast.Module) -> list[str]:
    faults = []
    for call in _log_calls(module):
        where = place(path, call) if path else "here"
        assert isinstance(call.func, ast.Attribute)
        texts = call.args[1:2] if call.func.attr == "log" else call.args[:1]
        if any(not isinstance(text, ast.Constant) for text in texts) or len(call.args) > 2:
            faults.append(f"{where}: the event's text is constant, values are keys")
        for keyword in call.keywords:
            if keyword.arg is None:
                faults.append(f"{where}: ** hides its keys")
            elif keyword.arg not in SAFE_KEYS | _ARGUMENTS and not keyword.arg.startswith(PII_PREFIX):
                faults.append(f"{where}: {keyword.arg} is not in ops/log_keys.py; can it hold a caller's words?")
    return faults


def test_every_key_is_safe_or_says_that_it_is_personal() -> None:
    """The list of safe keys is the only way into the logs."""
    found = [fault for path in sources(*PRODUCT) for fault in _faults(path, tree(path))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "_log.info(f'hello {x}')",
        "_log.info('a', transcript=t)",
        "logging.get('x').error('a', **keys)",
        "self._log.warning(text)",
    ],
)
def test_a_careless_line_is_seen(line: str) -> None:
    """The test above can fail: these lines would write what a caller said."""
    assert _faults(None, ast.parse(line))


def test_logs_are_used() -> None:
    """The scan finds the log calls there are: an empty scan would pass for ever."""
    assert sum(len(_log_calls(tree(path))) for path in sources("ops", "calls")) >= 10
