"""A call's track on disk: playable whenever its writer dies, bounded, and given up without harm to the call."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from prometheus_client import REGISTRY

from agent.spool import place as places
from agent.spool import writer as writers
from agent.spool.keeper import Keeper
from agent.spool.lanes import RATE
from agent.spool.place import Place
from agent.spool.track import Track
from agent.spool.writer import GivenUp, Writer, Writing
from ops.clock import SystemClock
from recording.ogg import examine
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import FakeClock
from tests.support.a_spool import CALL, DECODED, a_beside, decoded, frame, frames, heard, tone

_ROOT = Path(__file__).parents[4]
_TICK_S = 0.2


class Desk:
    """A writer stepped by hand, and the sound that is given to it as time passes."""

    def __init__(self, directory: Path) -> None:
        self.clock = FakeClock()
        self.track = Track(self.clock)
        self.writing = Writing(self.track, Place(directory), a_beside(), self.clock.monotonic())
        self.path = directory / f"{CALL}.1.ogg"

    def tick(self) -> None:
        self.clock.advance(_TICK_S)
        self.track.beat()
        self.writing.step()

    def pass_time(self, seconds: float, caller: bool = False, agent: bool = False) -> None:
        """`caller`, `agent`: who speaks meanwhile."""
        said, heard_ = frames(spoken(seconds, 300.0), 0.02), frames(spoken(seconds, 700.0))
        for tenth in range(round(seconds / 0.1)):
            if agent:
                for ahead, piece in enumerate(said[5 * tenth : 5 * tenth + 5]):
                    self.track.said(piece, 0.02 * ahead)
            self.clock.advance(0.1)
            if caller:
                self.track.heard(1, heard_[tenth])
            self.track.beat()
            self.writing.step()

    def finish(self) -> None:
        self.writing.finish(self.clock.monotonic())
        self.writing.let_go()


def spoken(seconds: float, pitch: float) -> npt.NDArray[np.int16]:
    """A tone that begins and ends as a voice does: not within one sample."""
    ramp = np.minimum(1.0, np.arange(round(seconds * RATE)) / (0.01 * RATE))
    return (tone(seconds, pitch) * ramp * ramp[::-1]).astype(np.int16)


def within_20_ms(found: list[tuple[float, float]], *wanted: tuple[float, float]) -> bool:
    return np.allclose(np.ravel(found), np.ravel(wanted), atol=0.02) if len(found) == len(wanted) else False


def test_a_file_decoded_again_has_each_voice_at_its_time_in_its_channel(tmp_path: Path) -> None:
    """Turns are placed by these times: within 20 ms, and without an echo in the other channel."""
    desk = Desk(tmp_path)
    desk.writing.open()
    desk.pass_time(1.0)
    desk.pass_time(2.0, agent=True)
    desk.pass_time(0.7)
    desk.pass_time(1.5, caller=True)
    desk.pass_time(0.8, caller=True, agent=True)
    desk.pass_time(1.0)
    desk.finish()
    left, right = decoded(desk.path)
    assert within_20_ms(heard(left, DECODED), (1.0, 3.0), (5.2, 6.0))
    assert within_20_ms(heard(right, DECODED), (3.7, 6.0))
    assert len(left) / DECODED == pytest.approx(7.0, abs=0.02)
    assert np.abs(right[round(1.2 * DECODED) : round(2.8 * DECODED)]).max() < 0.001
    assert np.abs(left[round(3.9 * DECODED) : round(5.0 * DECODED)]).max() < 0.001
    assert desk.path.stat().st_mode & 0o777 == 0o600
    content = desk.path.read_bytes()
    sound = examine(content, content, len(content))
    assert (sound.trouble, sound.channels, sound.whole) == ("", 2, True)
    assert sound.duration_s == pytest.approx(7.0, abs=0.02)


def test_a_call_without_a_word_and_one_of_a_second_are_files_like_any_other(tmp_path: Path) -> None:
    """Silence is recorded, as long as it was."""
    for seconds in (1.0, 20.0):
        desk = Desk(tmp_path / str(seconds))
        desk.writing.open()
        desk.pass_time(seconds)
        desk.finish()
        left, right = decoded(desk.path)
        assert len(left) / DECODED == pytest.approx(seconds, abs=0.02)
        assert not heard(left, DECODED) + heard(right, DECODED)


def test_a_call_that_ends_at_once_leaves_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.writing.open()
    desk.finish()
    assert not list(tmp_path.iterdir())


def test_a_clock_that_is_set_moves_nothing(tmp_path: Path) -> None:
    """An hour forward, a day back: what is heard lies where it was heard, and the file is as long as the call."""
    desk = Desk(tmp_path)
    desk.writing.open()
    desk.pass_time(1.0, caller=True)
    desk.clock.jump(3600.0)
    desk.pass_time(1.0)
    desk.clock.jump(-86_400.0)
    desk.pass_time(1.0, caller=True)
    desk.finish()
    assert within_20_ms(heard(decoded(desk.path)[1], DECODED), (0.0, 1.0), (2.0, 3.0))


def test_the_json_beside_tells_of_a_pause_while_it_lasts(tmp_path: Path) -> None:
    """A worker that is killed in the pause must not leave a file of which nobody knows why it is silent."""
    desk = Desk(tmp_path)
    desk.writing.open()
    beside = desk.path.with_suffix(".json")
    desk.writing.beside = desk.writing.beside.paused(1.5)
    desk.tick()
    assert json.loads(beside.read_bytes())["gaps"] == [[1.5, None]]
    desk.writing.beside = desk.writing.beside.resumed(4.0)
    desk.tick()
    assert json.loads(beside.read_bytes())["gaps"] == [[1.5, 4.0]]
    assert beside.stat().st_mode & 0o777 == 0o600
    desk.finish()


class NoSound:
    """Takes the place of the encoder, which needs a minute for four hours."""

    def __init__(self, file: io.FileIO, rate: int) -> None:
        self.samples = 0

    def write(self, samples: npt.NDArray[np.int16]) -> None:
        self.samples += len(samples)

    def close(self) -> None: ...


def test_four_hours_take_no_more_memory_than_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every 20 ms of both voices, with pauses, interruptions and callers who come back."""
    monkeypatch.setattr(writers, "OpusFile", NoSound)
    desk = Desk(tmp_path)
    desk.writing.open()
    piece, said = frame(tone(1.0)), frame(tone(0.5))

    def talk(seconds: int) -> int:
        for second in range(seconds):
            desk.track.said(said, 0.1)
            if second % 7 == 0:
                desk.track.unsaid()
            if second % 60 == 20:
                desk.track.pause()
            if second % 60 == 25:
                desk.track.resume()
            desk.clock.advance(1.0)
            desk.track.heard(second // 600, piece)
            desk.track.beat()
            desk.track.beat()
            desk.writing.step()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        after_a_minute = talk(60)
        assert talk(4 * 3600 - 60) < after_a_minute + 200_000
    finally:
        tracemalloc.stop()
    sound = desk.writing._sound
    assert isinstance(sound, NoSound)
    assert sound.samples == pytest.approx(4 * 3600 * RATE, abs=RATE)
    desk.writing.let_go()


def test_a_call_without_an_end_fills_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "OpusFile", NoSound)
    desk = Desk(tmp_path)
    desk.writing.open()
    desk.clock.advance(writers.LONGEST_S + 1)
    desk.track.beat()
    desk.track.beat()
    with pytest.raises(GivenUp, match="long"):
        desk.writing.step()
    desk.writing.let_go()


def test_a_writer_that_hangs_keeps_a_bounded_heap(tmp_path: Path) -> None:
    """A disk that answers no more: what waits for it must not take the memory of the other calls."""
    desk = Desk(tmp_path)
    desk.writing.open()
    for _ in range(100_000):
        desk.track.heard(1, frame(tone(0.02)))
    assert len(desk.track.take()) < 5_000
    with pytest.raises(GivenUp, match="slow"):
        desk.writing.step()
    desk.writing.let_go()


def given_up(reason: str) -> float:
    found = REGISTRY.get_sample_value("switchboard_recording_spools_given_up_total", {"reason": reason})
    return found or 0.0


class FullDisk(io.FileIO):
    """Takes the first bytes, and no more."""

    room = 3_000

    def write(self, data: object) -> int:
        size = len(bytes(data))  # type: ignore[call-overload]
        if size > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= size
        return super().write(data)  # type: ignore[arg-type]


async def test_a_disk_that_runs_full_ends_the_spool_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call hears nothing of it: the track takes no more, what was written can be played, and it is counted."""
    clock, before = SystemClock(), given_up("disk_full")
    create = Place.create

    def on_a_full_disk(place: Place, beside: object) -> tuple[Path, io.FileIO]:
        path, file = create(place, beside)  # type: ignore[arg-type]
        file.close()
        return path, FullDisk(path, "r+")

    monkeypatch.setattr(Place, "create", on_a_full_disk)
    track = Track(clock)
    writer = Writer(track, Writing(track, Place(tmp_path), a_beside(), clock.monotonic()))
    writer.start()
    noise = np.random.default_rng(3).integers(-9000, 9000, RATE // 50, np.int16)
    async with asyncio.timeout(30):
        while not writer.ended.is_set():
            track.heard(1, frame(noise))
            track.beat()
            await asyncio.sleep(0.02)
    assert not track.is_open
    track.heard(1, frame(noise))
    assert track.take() == []
    assert given_up("disk_full") == before + 1
    assert len(decoded(tmp_path / f"{CALL}.1.ogg")[1]) > 0


async def test_a_disk_that_is_nearly_full_is_left_to_the_events_of_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "LEAST_FREE", 1 << 60)
    before = given_up("disk_full")
    track = Track(SystemClock())
    writer = Writer(track, Writing(track, Place(tmp_path), a_beside(), 0.0))
    writer.start()
    async with asyncio.timeout(30):
        await writer.ended.wait()
    assert given_up("disk_full") == before + 1
    assert Place(tmp_path).spools() == []


_JOB = """
import asyncio, sys
from pathlib import Path
from agent.spool.place import Place
from agent.spool.track import Track
from agent.spool.writer import Writer, Writing
from ops.clock import SystemClock
from tests.support.a_spool import a_beside, frame, tone

async def main():
    clock = SystemClock()
    track = Track(clock)
    Writer(track, Writing(track, Place(Path(sys.argv[1])), a_beside(), clock.monotonic())).start()
    began = clock.monotonic()
    while True:
        await asyncio.sleep(0.1)
        track.heard(1, frame(tone(0.1)))
        track.beat()
        print(clock.monotonic() - began, flush=True)

asyncio.run(main())
"""


async def test_what_a_killed_writer_left_lacks_less_than_two_seconds_and_is_brought(tmp_path: Path) -> None:
    """kill -9 in mid-word: the lock is free, the JSON is there, it can be played, and the parent brings it as it is."""
    job = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _JOB, str(tmp_path)), cwd=_ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert job.stdout is not None
    path, lived_s = tmp_path / f"{CALL}.1.ogg", 0.0
    try:
        async with asyncio.timeout(60):
            while lived_s < 4.0:
                lived_s = float(await job.stdout.readline())
        assert Place(tmp_path).take(path, 0.0) is None  # its writer lives
    finally:
        job.kill()
        rest, _ = await job.communicate()
    lived_s = max([lived_s, *(float(line) for line in rest.split())])
    left = Place(tmp_path).take(path, 0.0)
    assert left is not None
    assert left.beside == a_beside()
    left.let_go()
    assert len(decoded(path)[1]) / DECODED > lived_s - 2.0
    content, bucket = path.read_bytes(), FakeBucket()
    await Keeper([], bucket, Place(tmp_path), SystemClock()).aclose()
    assert {name: kept.data for name, kept in bucket.kept.items()} == {a_beside().name: content}
    assert Place(tmp_path).spools() == []
