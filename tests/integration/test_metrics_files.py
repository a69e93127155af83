"""Calls come and go for months: their metrics stay, their files do not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from agent.metrics_files import MetricsFiles

_CALL = """
import os
from prometheus_client import Counter, Gauge, Histogram
Counter("calls_total", "Calls", ["line"]).labels("front").inc()
Gauge("live", "Live", multiprocess_mode="livesum").inc()
Histogram("turn_seconds", "Turns", buckets=(1.0, 2.0)).observe(1.5)
print("ready", flush=True)
{end}
"""


def _call(directory: Path, end: str = "") -> subprocess.Popen[str]:
    """A process that has written its metrics, and does not take itself off the gauge."""
    call = subprocess.Popen(
        [sys.executable, "-c", _CALL.format(end=end)],
        env={"PROMETHEUS_MULTIPROC_DIR": str(directory)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert call.stdout is not None
    assert call.stdout.readline() == "ready\n"
    return call


def _ended_call(directory: Path) -> None:
    call = _call(directory)
    call.communicate()


def _sample(page: bytes, name: str) -> str:
    return next(line for line in page.decode().splitlines() if line.startswith(f"{name} ")).rpartition(" ")[2]


def test_the_counts_of_ended_calls_are_kept_and_their_files_are_not(tmp_path: Path) -> None:
    """Each call left 64 KiB and more for ever, and each scrape read all of it."""
    files = MetricsFiles(tmp_path)
    for _ in range(2):  # the second time there are sums already
        for _ in range(2):
            _ended_call(tmp_path)
        before = files.page()
        files.tidy()
        after = files.page()
        for name in ('calls_total{line="front"}', "turn_seconds_sum", 'turn_seconds_bucket{le="2.0"}'):
            assert _sample(after, name) == _sample(before, name)
    assert _sample(after, 'calls_total{line="front"}') == "4.0"
    assert _sample(after, 'turn_seconds_bucket{le="1.0"}') == "0.0"
    assert _sample(after, "turn_seconds_count") == "4.0"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["counter_ended.db", "histogram_ended.db"]


def test_a_killed_call_is_not_live_and_a_running_one_is(tmp_path: Path) -> None:
    """A killed process never takes itself off the gauge: the worker looked busy for ever."""
    files = MetricsFiles(tmp_path)
    killed, running = (_call(tmp_path, "input()") for _ in range(2))
    try:
        killed.kill()
        killed.communicate()
        assert _sample(files.page(), "live") == "2.0"
        files.tidy()
        assert _sample(files.page(), "live") == "1.0"
        assert _sample(files.page(), 'calls_total{line="front"}') == "2.0"
        assert (tmp_path / f"counter_{running.pid}.db").exists()
    finally:
        running.communicate("\n")


def test_a_half_written_file_is_dropped(tmp_path: Path) -> None:
    """A process killed while it made its file must not stop the metrics of all others."""
    _ended_call(tmp_path)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.communicate()
    (tmp_path / f"counter_{gone.pid}.db").write_bytes(b"")
    files = MetricsFiles(tmp_path)
    files.tidy()
    assert _sample(files.page(), 'calls_total{line="front"}') == "1.0"
