"""The audit log tells who did what to what, and cannot be made to tell more, or to slow the gateway down."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from ops.tasks import TaskSet
from state_gateway.metrics import Metrics
from state_gateway.security.audit import Audit, Line
from tests.fakes.clock import EPOCH, FakeClock
from tests.support.virtual_time import virtual_time


def _audit(path: Path | None, most: int = 100) -> Audit:
    return Audit(b"s" * 32, path, FakeClock(), Metrics(), most)


def _line(**more: object) -> Line:
    return Line(EPOCH, "POST", outcome="ok", **more)  # type: ignore[arg-type]


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _dropped(audit: Audit) -> float | None:
    return audit.metrics.registry.get_sample_value("gateway_audit_dropped_total")


async def test_keys_are_hashed(tmp_path: Path) -> None:
    """The same key has the same hash, which takes the secret to make; a long list is told by its length."""
    audit = _audit(tmp_path / "audit.jsonl")
    audit.add(_line(command="DEL", commands=1, keys=(b"calls:secret",) * 20, client="worker"))
    audit.add(_line(keys=(b"calls:secret", b"\xff\x00")))
    await audit.flush()
    text = (tmp_path / "audit.jsonl").read_text()
    first, second = _lines(tmp_path / "audit.jsonl")
    assert "secret" not in text and "calls" not in text
    assert (first["keys"], first["client"], first["command"], first["timestamp"]) == (
        20,
        "worker",
        "DEL",
        "2026-09-21T14:13:20.000+00:00",
    )
    assert first["key_hashes"] == [audit.hash(b"calls:secret")] * 8
    other = Audit(b"t" * 32, None, FakeClock(), Metrics())
    assert second["key_hashes"] == [audit.hash(b"calls:secret"), audit.hash(b"\xff\x00")]
    assert audit.hash(b"calls:secret") != other.hash(b"calls:secret")


async def test_what_does_not_fit_is_counted(tmp_path: Path) -> None:
    """Requests never wait for the log."""
    audit = _audit(tmp_path / "audit.jsonl", most=2)
    for _ in range(5):
        audit.add(_line())
    await audit.flush()
    audit.add(_line())
    await audit.flush()
    assert len(_lines(tmp_path / "audit.jsonl")) == 3 and _dropped(audit) == 3


async def test_a_full_disk_costs_lines_not_requests(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Counted and said; the next line is tried again."""
    audit = _audit(tmp_path / "absent" / "audit.jsonl")
    audit.add(_line())
    await audit.flush()
    assert _dropped(audit) == 1 and [record.message for record in caplog.records] == ["audit lines lost"]
    (tmp_path / "absent").mkdir()
    audit.add(_line())
    await audit.flush()
    assert len(_lines(tmp_path / "absent" / "audit.jsonl")) == 1


async def test_it_may_go_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a cluster collects it; the service's own log goes to standard error."""
    audit = _audit(None)
    audit.add(_line(route="/pipeline"))
    await audit.flush()
    assert json.loads(capsys.readouterr().out)["route"] == "/pipeline"


@virtual_time
async def test_lines_are_written_together(tmp_path: Path) -> None:
    """A tenth of a second after the first: one write for many requests."""
    audit = _audit(tmp_path / "audit.jsonl")
    tasks = TaskSet("test")
    tasks.spawn(audit.run(), name="audit")
    for _ in range(3):
        audit.add(_line())
    await asyncio.sleep(0.05)
    assert not (tmp_path / "audit.jsonl").exists()
    await asyncio.sleep(0.2)
    assert len(_lines(tmp_path / "audit.jsonl")) == 3
    await tasks.aclose()
