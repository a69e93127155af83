"""How the flags reach a call, and that nothing of it can stop one."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.flags import FlagPoll, choose, read, routes
from agent.settings import State
from calls.flags import ROLLBACK, Flags
from calls.ports import StoreDown
from ops import settings
from tests.fakes.clock import FakeClock
from tests.support.virtual_time import virtual_time

REDIS, GATEWAY = "redis://10.0.0.1:6379", "https://state.example.org"


class Keeper:
    """Flags in a variable; `down`: nobody answers."""

    def __init__(self, flags: Flags | None = None) -> None:
        self.flags, self.down, self.closed = flags or Flags(), False, False

    async def read(self) -> Flags:
        if self.down:
            raise StoreDown("the script says so")
        return self.flags

    async def write(self, flags: Flags) -> None:
        self.flags = flags

    async def aclose(self) -> None:
        self.closed = True


def state(monkeypatch: pytest.MonkeyPatch, **names: str) -> State:
    for name in ("STATE_URL", "STATE_REDIS_URL", "STATE_GATEWAY_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    found: State = settings.load({"state": State})["state"]
    return found


def test_a_way_that_is_not_configured_is_state_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker outside the network has no way to Redis: a rollback there leaves it on the gateway."""
    both = state(monkeypatch, STATE_URL="memory://", STATE_REDIS_URL=REDIS, STATE_GATEWAY_URL=GATEWAY)
    assert choose(both, Flags(), "a-call", "any") == "memory://"
    assert choose(both, Flags("redis"), "a-call", "any") == REDIS
    assert choose(both, Flags(percent_gateway=100), "a-call", "any") == GATEWAY
    assert routes(both) == ["memory://", REDIS, GATEWAY]
    one = state(monkeypatch, STATE_URL=GATEWAY)
    assert choose(one, ROLLBACK, "a-call", "any") == GATEWAY
    assert routes(one) == [GATEWAY]


def test_no_file_and_a_broken_file_are_no_flags(tmp_path: Path) -> None:
    assert read(tmp_path / "nowhere") == Flags()
    (tmp_path / "flags.json").write_bytes(b'{"default": "red\xff')
    assert read(tmp_path) == Flags()


@virtual_time
async def test_the_file_follows_the_store_within_seconds(tmp_path: Path) -> None:
    """A rollback is one command, and every call that begins 5 s later obeys it; also where one way is broken."""
    clock, gateway, redis = FakeClock(), Keeper(Flags(percent_gateway=20)), Keeper()
    redis.down = True
    poll = FlagPoll([gateway, redis], tmp_path / "state", clock)
    poll.start()
    await clock.sleep(0.1)
    assert read(tmp_path / "state") == Flags(percent_gateway=20)
    gateway.down = True
    await clock.sleep(20.0)
    assert read(tmp_path / "state") == Flags(percent_gateway=20)
    redis.down, redis.flags = False, ROLLBACK
    await clock.sleep(5.1)
    assert read(tmp_path / "state") == ROLLBACK
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["flags.json"]
    await poll.aclose()
    assert gateway.closed
    assert redis.closed


@virtual_time
async def test_a_disk_that_fails_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the directory should be")
    clock = FakeClock()
    poll = FlagPoll([Keeper(ROLLBACK)], tmp_path / "state", clock)
    poll.start()
    await clock.sleep(6.0)
    (tmp_path / "state").unlink()
    await clock.sleep(5.0)
    assert read(tmp_path / "state") == ROLLBACK
    await poll.aclose()
