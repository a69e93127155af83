"""One call's own track, from the notice to the end: with the agent's real track, and a room of which all is known."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from livekit import rtc

from agent.speech.voice_track import VoiceTrack
from agent.spool.lanes import RATE
from agent.spool.place import Place
from agent.spool.spool import Spool
from ops.clock import SystemClock
from tests.fakes.clock import EPOCH
from tests.support.a_spool import CALL, DECODED, decoded, frame, heard, names, tone

_SIP = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
_AGENT = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT


@dataclass
class Person:
    """With one track."""

    kind: Any = _SIP
    media: Any = rtc.TrackKind.KIND_AUDIO
    track: Any = None
    publication: Any = None
    sounds: asyncio.Queue[rtc.AudioFrame | Exception | None] = field(default_factory=asyncio.Queue)
    closed: bool = False

    def __post_init__(self) -> None:
        self.track = self.publication = self

    @property
    def sid(self) -> str:
        return str(id(self))

    @property
    def track_publications(self) -> dict[str, Person]:
        return {self.sid: self}

    def says(self, seconds: float) -> None:
        self.sounds.put_nowait(frame(tone(seconds)))


class Track:
    """What a room gives with a track: its kind is the media's."""

    def __init__(self, person: Person) -> None:
        self.person, self.kind = person, person.media


@dataclass
class Room:
    """Tells of tracks as LiveKit's does."""

    people: list[Person]
    callbacks: dict[str, Callable[..., None]] = field(default_factory=dict)

    @property
    def remote_participants(self) -> dict[str, Any]:
        for person in self.people:
            person.publication = person
            person.track = Track(person)
        return {person.sid: person for person in self.people}

    def on(self, event: str, callback: Any = None) -> None:
        self.callbacks[event] = callback

    def off(self, event: str, callback: Any) -> None:
        assert self.callbacks.pop(event) == callback

    def comes(self, person: Person) -> None:
        self.callbacks["track_subscribed"](Track(person), person, person)

    def goes(self, person: Person) -> None:
        self.callbacks["track_unsubscribed"](Track(person), person, person)


class Stream:
    def __init__(self, track: Track) -> None:
        self._person = track.person

    async def __aiter__(self) -> AsyncIterator[rtc.AudioFrameEvent]:
        while (sound := await self._person.sounds.get()) is not None:
            if isinstance(sound, Exception):
                raise sound
            yield rtc.AudioFrameEvent(sound)

    async def aclose(self) -> None:
        self._person.closed = True


class Source:
    """Plays at once what it is given: nothing is ever queued."""

    queued_duration = 0.0

    def clear_queue(self) -> None: ...

    async def capture_frame(self, piece: rtc.AudioFrame) -> None: ...

    async def aclose(self) -> None: ...


class Call:
    def __init__(self, directory: Path, *people: Person) -> None:
        self.clock = SystemClock()
        self.voice = VoiceTrack(Source(), self.clock)
        self.voice.listened_to()
        self.room = Room(list(people))
        self.spool = Spool(self.room, self.voice, Place(directory), self.clock, Stream)
        self.path = directory / f"{CALL}.1.ogg"

    def begin(self) -> None:
        self.spool.begin(names(), 1, EPOCH)

    async def say(self, seconds: float) -> None:
        await self.voice.capture_frame(frame(tone(seconds)))

    async def aclose(self) -> None:
        await self.spool.aclose()
        await self.voice.aclose()

    @property
    def channels(self) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        left, right = decoded(self.path)
        return heard(left, DECODED), heard(right, DECODED)


def length(stretches: list[tuple[float, float]]) -> float:
    return sum(end - start for start, end in stretches)


async def test_nothing_is_kept_before_it_begins(tmp_path: Path) -> None:
    """The notice has not been heard: neither side leaves a trace, and a pause or an end is no beginning."""
    caller = Person()
    call = Call(tmp_path / "spools", caller)
    caller.says(0.1)
    await call.say(0.1)
    call.spool.pause()
    call.spool.resume()
    assert not call.spool.began
    assert call.voice.spool is None
    await call.aclose()
    assert not (tmp_path / "spools").exists()


async def test_the_call_is_in_the_file_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    """The caller who was there, the person who came later, the agent; not the ghost of an agent, and no picture. What
    is heard in a pause is not there, and the JSON says when that was."""
    caller, ghost, picture = Person(), Person(kind=_AGENT), Person(media=rtc.TrackKind.KIND_VIDEO)
    call = Call(tmp_path, caller, ghost, picture)
    call.begin()
    call.begin()
    await asyncio.sleep(0.5)
    await call.say(0.3)
    caller.says(0.3)
    await asyncio.sleep(0.4)
    call.spool.pause()
    caller.says(0.1)
    await call.say(0.1)
    await asyncio.sleep(0.3)
    call.spool.resume()
    person = Person()
    call.room.comes(person)
    await asyncio.sleep(0.4)
    for somebody in (person, ghost, picture):
        somebody.says(0.2)
    await asyncio.sleep(0.3)
    call.room.goes(person)
    await asyncio.sleep(0)
    await call.aclose()
    assert (caller.closed, person.closed, ghost.closed) == (True, True, False)
    assert call.room.callbacks == {}
    left, right = call.channels
    assert 0.25 < length(left) < 0.35
    assert 0.45 < length(right) < 0.56
    beside = json.loads(call.path.with_suffix(".json").read_bytes())
    ((since, until),) = beside["gaps"]
    assert 0.85 < since < until - 0.29
    assert beside["name"] == names().backup(1)
    assert beside["started_at"] == EPOCH
    taken = Place(tmp_path).take(call.path, 0.0)  # the keeper's from now on
    assert taken is not None
    taken.let_go()


async def test_what_began_in_a_pause_is_silent_until_it_is_over(tmp_path: Path) -> None:
    caller = Person()
    call = Call(tmp_path, caller)
    call.spool.pause()
    call.begin()
    caller.says(0.1)
    await asyncio.sleep(0.3)
    await call.aclose()
    assert call.channels == ([], [])


async def test_a_caller_who_wants_none_of_it_kept_leaves_none(tmp_path: Path) -> None:
    """Also where the writer had given up before."""
    for broken in (False, True):
        call = Call(tmp_path, caller := Person())
        call.begin()
        caller.says(0.1)
        async with asyncio.timeout(30):
            while not call.path.with_suffix(".json").exists():
                await asyncio.sleep(0.02)
        if broken:
            assert call.spool._track is not None
            call.spool._track.overrun = True
            assert call.spool._writer is not None
            async with asyncio.timeout(30):
                await call.spool._writer.ended.wait()
        await call.spool.discard()
        await call.aclose()
        assert Place(tmp_path).spools() == []
        assert not call.path.with_suffix(".json").exists()


async def test_a_stream_that_breaks_is_that_persons_alone(tmp_path: Path) -> None:
    """The other's sound is kept, and the call hears nothing of it."""
    caller, person = Person(), Person()
    call = Call(tmp_path, caller, person)
    call.begin()
    person.sounds.put_nowait(RuntimeError("the track is gone"))
    await asyncio.sleep(0.3)
    caller.says(0.2)
    await asyncio.sleep(0.3)
    await call.aclose()
    assert 0.15 < length(call.channels[1]) < 0.25


async def test_a_frame_costs_the_audio_path_next_to_nothing(tmp_path: Path) -> None:
    """What is called for each frame only remembers it: no sample is touched, whatever its length."""
    call = Call(tmp_path, Person())
    call.begin()
    track, sound = call.spool._track, frame(np.zeros(RATE, np.int16))
    assert track is not None
    track.said(sound, 0.0)
    track.heard(1, sound)
    kept = [mark.frame for mark in track._marks if hasattr(mark, "frame")]
    assert all(each is sound for each in kept)
    await call.aclose()
