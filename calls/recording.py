"""The recording of a call, as its record tells of it: what was wanted, which files there are, and whether they landed.

The agent writes it while the call lasts; from the call's end on only control does. Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class RecordingState(StrEnum):
    WANTED = "wanted"  # the line records; the notice, or the answer to the question, is still to come
    STARTING = "starting"  # egress was asked
    RUNNING = "running"  # egress was seen active
    PAUSED = "paused"  # by card data or on request: nothing is being recorded
    ENDED = "ended"  # the call is over; whether the files landed is not known yet
    MISSING = "missing"  # alarmed: neither they nor a backup are there; still looked for
    # From here on nothing changes any more.
    PROVEN = "proven"  # every file is there, of a sane size and length
    BACKUP = "backup"  # the worker's own track is there instead
    LOST = "lost"  # nothing came
    DECLINED = "declined"  # the caller said no; files that there are, are to be thrown away
    NOT_BEGUN = "not_begun"  # the call ended before it could begin: no notice was heard to its end


SETTLED = frozenset(
    {
        RecordingState.PROVEN,
        RecordingState.BACKUP,
        RecordingState.LOST,
        RecordingState.DECLINED,
        RecordingState.NOT_BEGUN,
    }
)


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a recording; a call has more than one where its recording was paused or had to be begun again.

    `name` is the object's in the bucket. `started_at` is when its first sample was heard and `ended_at` its last, as
    egress says. `size` in bytes and `md5` (base64) are the stored object's, `duration_s` what its own header says.
    """

    name: str
    asked_at: float
    egress_id: str = ""
    started_at: float | None = None
    ended_at: float | None = None
    size: int | None = None
    duration_s: float | None = None
    md5: str = ""
    proven: bool = False
    trouble: str = ""  # why it cannot be relied on, in a word: aborted, failed, no_object, too_short, empty ...


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of the talk that is on no file. `until` None: to the call's end. Reasons: card, asked, broken.

    While the recording starts or runs, an open one of a caller who `asked` is a wish: it could not be stopped yet.
    """

    since: float
    reason: str
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """`policy` is the line's word (calls.policy.RecordingPolicy). `notice_at`: the notice had been heard to its end.
    `consent` is "given", "declined" or "" (never asked); `backups` are the objects of the worker's own track."""

    policy: str
    state: RecordingState = RecordingState.WANTED
    parts: tuple[Part, ...] = ()
    gaps: tuple[Gap, ...] = ()
    notice_at: float | None = None
    consent: str = ""
    backups: tuple[str, ...] = ()
    trouble: str = ""  # why it is missing, or why there is less than was wanted
    # RecordingPolicy.keep_days of the line when the call began: control knows no line's configuration.
    keep_days: int = field(default=90, metadata={"added_later": True})

    @property
    def settled(self) -> bool:
        return self.state in SETTLED

    @property
    def unwanted(self) -> bool:
        """The caller declined, and there are files of before that: control throws them away and takes them out."""
        return self.state is RecordingState.DECLINED and bool(self.parts)

    @property
    def not_yet_paused(self) -> bool:
        """The caller asked for the end of it, and it still starts or runs."""
        wish = bool(self.gaps) and self.gaps[-1].reason == "asked" and self.gaps[-1].until is None
        return wish and self.state in (RecordingState.STARTING, RecordingState.RUNNING)

    @property
    def part(self) -> Part | None:
        """The newest file."""
        return self.parts[-1] if self.parts else None

    def evolve(self, **changes: Any) -> Recording:
        return replace(self, **changes)

    def with_part(self, part: Part) -> Recording:
        """`part` in the place of the one of its name, or as a new one at the end."""
        if any(each.name == part.name for each in self.parts):
            return replace(self, parts=tuple(part if each.name == part.name else each for each in self.parts))
        return replace(self, parts=(*self.parts, part))

    def paused(self, since: float, reason: str) -> Recording:
        """Nothing is recorded from `since` on. Paused again it stays as it is."""
        if self.gaps and self.gaps[-1].until is None:
            return self
        return replace(self, state=RecordingState.PAUSED, gaps=(*self.gaps, Gap(since, reason)))

    def resumed(self, until: float) -> Recording:
        """It is recorded again. The state is whoever starts the next part's to set."""
        if not self.gaps or self.gaps[-1].until is not None:
            return self
        return replace(self, gaps=(*self.gaps[:-1], replace(self.gaps[-1], until=until)))

    def over(self) -> Recording:
        """As the call's end leaves it: what was begun, or should have been after its notice, is to be proven."""
        if self.state is RecordingState.WANTED and self.notice_at is None and not self.parts:
            return replace(self, state=RecordingState.NOT_BEGUN)
        gaps = self.gaps[:-1] if self.not_yet_paused else self.gaps  # it never came to be
        open_ = (RecordingState.WANTED, RecordingState.STARTING, RecordingState.RUNNING, RecordingState.PAUSED)
        return replace(self, state=RecordingState.ENDED, gaps=gaps) if self.state in open_ else self
