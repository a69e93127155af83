"""An App for tests that need no models: its store is a scripted one, and it spills nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from agent.build import App
from calls.journal import Journal
from calls.ports import StateStore
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore


@dataclass(frozen=True)
class AppOf(App):
    """`kept` is the store of every call."""

    kept: FakeStore | None = None

    @property
    def state_is_shared(self) -> bool:
        return True

    def store(self, call_id: str = "", persona: str = "") -> StateStore:
        assert self.kept is not None
        return self.kept

    def journal(self, store: StateStore) -> Journal:
        return Journal(store, self.clock, spill_dir=None)


def an_app(store: FakeStore, clock: FakeClock) -> AppOf:
    settings: Any = SimpleNamespace(worker=SimpleNamespace(agent_name="receptionist"))
    return AppOf(settings, cast(Any, None), clock, store)
