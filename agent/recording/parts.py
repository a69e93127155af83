"""The recording in a call's record, changed step by step as its files come and go. Nothing is asked of anybody here."""

from __future__ import annotations

from dataclasses import replace

from agent.chronicle import Chronicle
from calls.events import RecordingChanged
from calls.ports import Egress
from calls.recording import Part, Recording, RecordingState
from ops.clock import Clock
from recording.names import Names, call_of


def over(chronicle: Chronicle) -> None:
    """The call is about to be closed: its record says what there is to be proven."""
    recording = chronicle.record.recording
    if recording is None or chronicle.record.closed or (ended := recording.over()) is recording:
        return
    chronicle.change(recording=ended)
    chronicle.add(RecordingChanged, state=ended.state.value, reason=ended.trouble)


class Parts:
    """Of a call whose record has a recording. Every change that somebody may want to know of is an event too."""

    def __init__(self, chronicle: Chronicle, names: Names, clock: Clock) -> None:
        self._chronicle, self._names, self._clock = chronicle, names, clock
        self._taken = {part.name for part in self.recording.parts}

    @property
    def recording(self) -> Recording:
        found = self._chronicle.record.recording
        assert found is not None, "the line records"  # noqa: S101 - an invariant for the type checker
        return found

    @property
    def line(self) -> str:
        return self._chronicle.record.line

    @property
    def gap(self) -> str | None:
        """Why nothing is recorded at the moment, where that is so since something was."""
        gaps = self.recording.gaps
        return gaps[-1].reason if gaps and gaps[-1].until is None else None

    def is_ours(self, egress: Egress) -> bool:
        return call_of(egress.name) == self._names.call_id

    def seen(self, egress: Egress) -> None:
        """Its name is in use: no new part may have it."""
        self._taken.add(egress.name)

    def noticed(self, consent: str = "") -> None:
        self.change(notice_at=self._clock.now(), consent=consent or self.recording.consent)

    def asked(self) -> str:
        """A new file is asked for; returns its name. A worker that could read nothing of what the one before it did
        does not begin with that one's first name."""
        number = self._chronicle.record.epoch
        while (name := self._names.part(number)) in self._taken:
            number += 1
        self._taken.add(name)
        self.put(Part(name, self._clock.now()), RecordingState.STARTING)
        return name

    def runs(self, egress: Egress) -> None:
        """Seen to be recorded, from now on or by a worker before us."""
        self.change(trouble="")
        if self.gap is not None:
            self._keep(self.recording.resumed(self._clock.now()))
        part = self._part(egress)
        self.put(replace(part, started_at=egress.started_at or part.started_at), RecordingState.RUNNING)

    def failed(self, name: str, reason: str, egress: Egress | None) -> None:
        """It did not come to run. Of one that nobody has seen there is nothing to prove."""
        if egress is not None:
            self.put(replace(self._part(egress), ended_at=egress.ended_at, trouble=reason))
        else:
            left = tuple(part for part in self.recording.parts if part.name != name)
            self.change(parts=left)
        self.change(trouble=reason)
        self._tell(reason, name)

    def broke(self, egress: Egress, reason: str) -> None:
        """It ran, and does no longer, though nobody asked for that."""
        now = self._clock.now()
        if self.gap is None:
            self._keep(self.recording.paused(egress.ended_at or now, "broken"))
        self.put(replace(self._part(egress), ended_at=egress.ended_at or now, trouble=reason), RecordingState.STARTING)
        self.change(trouble=reason)

    def pausing(self, reason: str) -> None:
        """From now on nothing is to be kept of what is said, though egress may not know it yet."""
        now = self._clock.now()
        self._keep(self.recording.resumed(now).paused(now, reason))
        self._tell(reason)  # at once: a worker that takes over in the next second must know

    def paused(self, reason: str) -> None:
        """And nothing is."""
        self._tell(reason)

    def unpaused(self, state: RecordingState) -> None:
        """It could not be stopped: the gap that was to be is none, and it is in the `state` in which it was."""
        self.change(gaps=self.recording.gaps[:-1], state=state)
        self._tell("not_paused")

    def not_yet(self, state: RecordingState) -> None:
        """It was to be stopped for good, and is still in this `state`: the gap begins only when it `stopped`. It stays
        in the record, so that a worker that takes over knows of the wish."""
        self.change(state=state)
        self._tell("not_paused")

    def stopped(self, egress: Egress) -> None:
        ended_at = egress.ended_at or self._clock.now()
        self.put(replace(self._part(egress), ended_at=ended_at))
        if self.recording.not_yet_paused:
            *before, wish = self.recording.gaps
            self.change(gaps=(*before, replace(wish, since=ended_at)), state=RecordingState.PAUSED)
            self._tell(wish.reason)

    def declined(self, reason: str, consent: str = "") -> None:
        """There is to be none, and what there is is to be thrown away."""
        self.change(state=RecordingState.DECLINED, consent=consent or self.recording.consent, trouble=reason)
        self._tell(reason)

    def put(self, part: Part, state: RecordingState | None = None) -> None:
        """`part` as it now is; with a `state` that is told."""
        self._keep(self.recording.with_part(part).evolve(state=state or self.recording.state))
        if state is not None:
            self._tell(part.trouble, part.name)

    def change(self, **changes: object) -> None:
        self._keep(self.recording.evolve(**changes))

    def _part(self, egress: Egress) -> Part:
        known = next((part for part in self.recording.parts if part.name == egress.name), None)
        return replace(known or Part(egress.name, self._clock.now()), egress_id=egress.egress_id)

    def _keep(self, recording: Recording) -> None:
        self._chronicle.change(recording=recording)

    def _tell(self, reason: str = "", name: str = "") -> None:
        self._chronicle.add(RecordingChanged, state=self.recording.state.value, reason=reason, name=name)
