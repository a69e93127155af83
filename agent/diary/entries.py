"""What the diary holds and how it says no."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. `number` is what the carrier reports (E.164), None when withheld or on the web: a hint, no identity."""

    call_id: str
    number: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """`starts_at` is UTC epoch seconds; `number` and `call_id` are those it was booked with."""

    id: int
    starts_at: int
    name: str
    reason: str
    number: str | None
    call_id: str
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What an act did: the appointment as it is now, and where it was before it was moved (epoch seconds)."""

    appointment: Appointment
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    id: int
    name: str
    text: str
    number: str | None
    call_id: str
    at: float


class DiaryDown(Exception):
    """The diary could not be asked: locked too long, unreadable, broken. The write may or may not have happened; every
    write may be repeated."""


class SlotTaken(Exception):
    """Somebody else has that time."""


class Gone(Exception):
    """The appointment is no longer where it was: cancelled or moved by another call in the meantime."""


class TooMany(Exception):
    """One call has booked, or left, as much as one call may."""
