"""The suite's own police, arrested in the act: each offence is committed in a suite of its own, which must fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]
_INI = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\nfilterwarnings = error\n"

_OFFENCES = {
    "tasks left behind": "asyncio.get_running_loop().create_task(asyncio.sleep(60), name='orphan')",
    "blocks the event loop": "time.sleep(0.001)",
    "a blocking connect": "socket.socket().connect_ex(('127.0.0.1', 9))",
    "a test stays on this machine": "socket.getaddrinfo('example.invalid', 80)",
    "never awaited": "asyncio.sleep(1)",
    "DeprecationWarning": "import warnings; warnings.warn('old', DeprecationWarning)",
}
_SWALLOWED = """
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        s.connect(('192.0.2.1', 9))
    except BaseException:
        pass
    finally:
        s.close()
"""


def _run(tmp_path: Path, body: str, folder: str = "unit") -> tuple[int, str]:
    (tmp_path / "tests" / folder).mkdir(parents=True)
    (tmp_path / "pytest.ini").write_text(_INI)
    for shared in ("support", "fakes"):
        (tmp_path / "tests" / shared).symlink_to(_ROOT / "tests" / shared)
    (tmp_path / "tests" / "conftest.py").write_bytes((_ROOT / "tests" / "conftest.py").read_bytes())
    test = (
        f"import asyncio, socket, time\n\nasync def test_offender():\n    await asyncio.sleep(0)\n    {body.strip()}\n"
    )
    (tmp_path / "tests" / folder / "test_offender.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib"]
    done = subprocess.run([*command, "-o", "pythonpath=."], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("words", _OFFENCES)
def test_offender_is_caught(tmp_path: Path, words: str) -> None:
    """What a test may not do fails it, with words that say what was done."""
    code, output = _run(tmp_path, _OFFENCES[words])
    assert code == 1, output
    assert words in output


@pytest.mark.parametrize("scope", ["module", "session"])
def test_leak_in_a_shared_loop_is_caught(tmp_path: Path, scope: str) -> None:
    """A call test shares its loop with the stack's fixtures: its own tasks are still told from theirs."""
    leak = f"{_OFFENCES['tasks left behind']}\n\nimport pytest\npytestmark = pytest.mark.asyncio(loop_scope='{scope}')"
    code, output = _run(tmp_path, leak, folder="call")
    assert code == 1, output
    assert "tasks left behind: orphan" in output


def test_swallowed_offence_is_caught(tmp_path: Path) -> None:
    """Code under test that catches everything cannot hide that it tried to leave the machine."""
    code, output = _run(tmp_path, _SWALLOWED)
    assert code == 1, output
    assert "192.0.2.1: a test stays on this machine" in output


def test_honest_test_passes(tmp_path: Path) -> None:
    """The police leaves a well-behaved test alone: loopback, an ended task, a sleep of the loop."""
    body = "t = asyncio.get_running_loop().create_task(asyncio.sleep(0.01)); await asyncio.sleep(0.001)"
    code, output = _run(tmp_path, body)
    assert code == 0, output


def test_folder_is_the_category(tmp_path: Path) -> None:
    """A test outside the four folders is refused, so that `make test` can say what it runs."""
    code, output = _run(tmp_path, "assert True", folder="misc")
    assert code != 0
    assert "a test lives in one of tests/" in output
