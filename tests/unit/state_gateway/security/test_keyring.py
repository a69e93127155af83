"""The clients file changes while the gateway runs: a revoked key is out, and a broken file lets nobody in or out."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from ops.tasks import TaskSet
from state_gateway.metrics import Metrics
from state_gateway.security import keys
from state_gateway.security.clients_file import BadClientsFile
from state_gateway.security.keyring import Keyring
from tests.fakes.clock import FakeClock


def _write(path: Path, *names: str, **more: object) -> None:
    entries = []
    for name in names:
        new = keys.new()
        key = {"id": new.id, "hash": f"sha256:{new.digest.hex()}", "created": "2026-11-21T10:00:00Z"}
        entries.append({"name": name, "prefixes": [name], "keys": [key]} | more)
    path.write_text(json.dumps({"clients": entries}))


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def keyring(tmp_path: Path, metrics: Metrics) -> Keyring:
    _write(tmp_path / "clients.json", "one")
    keyring = Keyring(tmp_path / "clients.json", frozenset(), metrics, signing=False)
    keyring.open()
    return keyring


def _ok(metrics: Metrics) -> float | None:
    return metrics.registry.get_sample_value("gateway_clients_file_ok")


async def test_a_changed_file_is_read(keyring: Keyring, tmp_path: Path) -> None:
    """Without a restart; an unchanged file is not read again."""
    before = keyring.clients
    await keyring.look()
    assert keyring.clients is before
    _write(tmp_path / "clients.json", "one", "two")
    await keyring.look()
    assert keyring.clients.names == {"one", "two"}


@pytest.mark.parametrize("text", ["{", '{"clients": [{"name": "one", "prefixes": []}]}', None])
async def test_a_broken_file_changes_nothing(
    keyring: Keyring, tmp_path: Path, metrics: Metrics, text: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Half a file, a mistake in it, or none: the last good reading stays, and somebody hears of it, once."""
    path = tmp_path / "clients.json"
    path.unlink() if text is None else path.write_text(text)
    before = keyring.clients
    await keyring.look()
    await keyring.look()
    assert keyring.clients is before and _ok(metrics) == 0
    assert [record.message for record in caplog.records] == ["clients file unusable, the last good one stays"]
    _write(path, "two")
    await keyring.look()
    assert keyring.clients.names == {"two"} and _ok(metrics) == 1


async def test_the_file_is_watched(keyring: Keyring, tmp_path: Path) -> None:
    """Each second of the clock."""
    ticks: asyncio.Queue[float] = asyncio.Queue()
    looked = asyncio.Event()

    class Clock(FakeClock):
        async def sleep(self, s: float) -> None:
            looked.set()
            await asyncio.wait_for(ticks.get(), 20)

    tasks = TaskSet("test")
    tasks.spawn(keyring.watch(Clock()), name="watch")
    _write(tmp_path / "clients.json", "two")
    await looked.wait()
    looked.clear()
    ticks.put_nowait(1.0)
    await asyncio.wait_for(looked.wait(), 20)
    await tasks.aclose()
    assert keyring.clients.names == {"two"}


def test_a_gateway_does_not_start_on_a_file_it_cannot_use(tmp_path: Path, metrics: Metrics) -> None:
    """No file, or clients that must sign where nothing can be checked: that would be open doors."""
    with pytest.raises(BadClientsFile):
        Keyring(tmp_path / "absent", frozenset(), metrics, signing=True).open()
    _write(tmp_path / "clients.json", "one", signing="required")
    Keyring(tmp_path / "clients.json", frozenset(), metrics, signing=True).open()
    with pytest.raises(BadClientsFile, match="STATE_GATEWAY_SIGNING_ROOT"):
        Keyring(tmp_path / "clients.json", frozenset(), metrics, signing=False).open()
