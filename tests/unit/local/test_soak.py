"""The soak repeats, loads the machine in its second half, stops at the first failure and leaves nothing running."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from local import soak

_PASSES = "def test_it(): pass"
_FAILS_AT_ITS_SECOND_RUN = """
from pathlib import Path
def test_it():
    mark = Path(__file__).with_suffix(".ran")
    ran = mark.exists()
    mark.touch()
    assert not ran, "the race was lost"
"""


def _soak(tmp_path: Path, test: str, runs: int) -> int:
    (tmp_path / "test_it.py").write_text(test)
    taken = signal.getsignal(signal.SIGTERM)
    try:
        return soak.main(["-n", str(runs), "--tests", str(tmp_path / "test_it.py"), "--log-dir", str(tmp_path / "log")])
    finally:
        signal.signal(signal.SIGTERM, taken)


def test_the_second_half_runs_beside_a_busy_core(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _soak(tmp_path, _PASSES, runs=2) == 0
    table = capsys.readouterr().out.partition("2 of 2 passed")[2].splitlines()[1:]
    assert [line.split()[1:3] for line in table] == [["quiet", "passed"], ["one", "busy"]]
    assert all("1 passed in" in line for line in table)


def test_it_stops_at_the_first_failure_and_shows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _soak(tmp_path, _FAILS_AT_ITS_SECOND_RUN, runs=4) == 1
    told = capsys.readouterr().out
    assert "the race was lost" in told
    assert "1 of 4 passed" in told
    assert not (tmp_path / "log" / "3.log").exists()


def test_the_busy_core_is_free_again() -> None:
    """Also when the run it kept company to breaks off."""
    seen = 0
    with pytest.raises(KeyboardInterrupt), soak._core_kept_busy() as pid:
        seen = pid
        assert psutil.Process(pid).is_running()
        raise KeyboardInterrupt
    assert not psutil.pid_exists(seen)
