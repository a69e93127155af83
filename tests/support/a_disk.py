"""A worker's disk with spools on it, and all that its keeper asks about them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from prometheus_client import REGISTRY

from agent.spool.keeper import Keeper
from agent.spool.lanes import RATE
from agent.spool.opus_file import OpusFile
from agent.spool.place import Place
from calls.outcome import Outcome
from calls.ports import Write
from calls.record import CallRecord
from calls.recording import Recording, RecordingState
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.support.a_call import a_record
from tests.support.a_spool import CALL, a_beside, names

BACKUP = names().backup(1)


class Disk:
    """A worker's disk with its parent, the state and the bucket."""

    def __init__(self, directory: Path, *, known: bool = True, every_s: float = 1.0) -> None:
        self.clock, self.directory, self.known = FakeClock(), directory, known
        self.store, self.bucket = FakeStore(self.clock), FakeBucket(self.clock)
        self.place = Place(directory)
        self.every_s = every_s
        self.keeper = self.another()
        self.version = 0

    def another(self) -> Keeper:
        return Keeper([self.store] if self.known else [], self.bucket, self.place, self.clock, self.every_s)

    def spool(self, epoch: int = 1, *, living: bool = False, seconds: float = 3.0) -> object:
        """Returns its writer's file, which is open as long as it lives."""
        path, file = self.place.create(a_beside(epoch=epoch))
        sound = OpusFile(file, RATE)
        sound.write(np.zeros((round(seconds * RATE), 2), np.int16))
        sound.close()
        os.utime(path, (self.clock.now(), self.clock.now()))
        if not living:
            file.close()
        return file

    async def say(self, state: RecordingState, *, ended: bool = True, consent: str = "") -> None:
        """What the record says of the call from now on."""
        record: CallRecord = replace(
            a_record(CALL), recording=Recording("best_effort", state, consent=consent), version=self.version + 1
        )
        if ended:
            record = replace(record, ended_at=self.clock.now(), outcome=Outcome.RESOLVED)
        await self.store.write(Write(f"k{self.version}", record, self.version))
        self.version += 1

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.directory.iterdir())


def counted(result: str) -> float:
    """What became of spools, in this process so far."""
    return REGISTRY.get_sample_value("switchboard_recording_spools_total", {"result": result}) or 0.0


def troubles(reason: str) -> float:
    """Tries to bring one that failed, in this process so far."""
    return REGISTRY.get_sample_value("switchboard_recording_spool_failures_total", {"reason": reason}) or 0.0
