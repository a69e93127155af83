"""From what a caller said to a bookable slot, or to the reason why not and the nearest free ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from agent.tools.anatomy import Refusal
from agent.tools.desk import Desk
from agent.tools.spoken_when import day_words, listed, moment_words
from agent.tools.when import parse_day, parse_time, part_of_day
from config.model import Practice

OFFERED = 2
Part = tuple[time, time]  # of a day: from, to
_BEFORE, _AFTER = timedelta(days=5), timedelta(days=14)  # where the nearest free slots are looked for first


def slots_on(practice: Practice, day: date) -> list[datetime]:
    """All slots of `day`, free or not, on the practice's clock, without those that a change of clocks skips."""
    length = timedelta(minutes=practice.slot_minutes)
    found = []
    for span in practice.open_on(day):
        at, end = datetime.combine(day, span.opens), datetime.combine(day, span.closes)
        while at + length <= end:
            local = at.replace(tzinfo=practice.zone)
            if local.astimezone(UTC).astimezone(practice.zone).replace(tzinfo=None) == at:
                found.append(local)
            at += length
    return found


def epoch(at: datetime) -> int:
    return int(at.timestamp())


def local(desk: Desk, starts_at: int) -> datetime:
    return datetime.fromtimestamp(starts_at, UTC).astimezone(desk.practice.zone)


def spoken(desk: Desk, starts_at: int) -> str:
    """ "Tuesday the 24th at half past ten"."""
    return moment_words(local(desk, starts_at), desk.now().date())


def said_day(desk: Desk, text: str) -> date:
    """The day that `text` means. Raises Refusal when it means none."""
    day = parse_day(text, today := desk.now().date())
    if day is None:
        raise Refusal(
            f"The day was not understood. Ask the caller which day, as a weekday or a date. Today is "
            f"{day_words(today, today)} ({today.isoformat()})."
        )
    return day


def said_slot(desk: Desk, day_text: str, time_text: str) -> int | None:
    """The slot, free or not, that the words name exactly; None when they name none."""
    day = parse_day(day_text, desk.now().date())
    slots = slots_on(desk.practice, day) if day else []
    return next((epoch(slot) for t in parse_time(time_text) for slot in slots if slot.time() == t), None)


async def bookable_slot(desk: Desk, day_text: str, time_text: str) -> int:
    """The start of the slot that the caller wants: in the future, within the horizon, in the opening hours.

    Whether it is free only the diary's write can say. Raises Refusal with the reason, and free slots near it.
    """
    now, day = desk.now(), said_day(desk, day_text)
    today = now.date()
    if day < today:
        raise Refusal(
            f"That day is past. Today is {day_words(today, today)} ({today.isoformat()}). Ask which day is meant."
        )
    horizon = today + timedelta(days=desk.practice.horizon_days)
    if day > horizon:
        raise Refusal(f"That is too far ahead: appointments can be booked until {day_words(horizon, today)}.")
    times, slots, part = parse_time(time_text), slots_on(desk.practice, day), part_of_day(time_text)
    if not slots:
        near = await offers(desk, day, times[0] if times else time(9), None if times else part)
        raise Refusal(f"The practice is closed on {day_words(day, today)}. {near}")
    if not times:
        near = await offers(desk, day, part[0] if part else time(0), part)
        raise Refusal(f"An exact time is needed. {near}")
    slot = next((slot for t in times for slot in slots if slot.time() == t), None)
    if slot is None:
        raise Refusal(f"No appointment starts at that time. {await offers(desk, day, _likeliest(times, slots))}")
    if slot <= now:
        raise Refusal(f"That time has passed already. {await offers(desk, day, slot.time())}")
    return epoch(slot)


async def offers(desk: Desk, day: date, at: time, part: Part | None = None) -> str:
    """The free slots nearest to `at` on `day`, as words to offer; only within `part` of a day if that is given.

    Another day is further than any time of the same day. When `day` is closed, each offer is on a day of its own.
    """
    now = desk.now()
    last = now.date() + timedelta(days=desk.practice.horizon_days)
    apart = not slots_on(desk.practice, day)

    def distance(slot: datetime) -> tuple[int, bool, int, datetime]:
        days = (slot.date() - day).days
        return abs(days), days < 0, abs(_minutes(slot.time()) - _minutes(at)), slot

    for first, final in ((day - _BEFORE, min(day + _AFTER, last)), (now.date(), last)):
        days = [first + timedelta(days=i) for i in range((final - first).days + 1)]
        slots = [slot for d in days for slot in slots_on(desk.practice, d) if slot > now and _within(slot.time(), part)]
        taken = await desk.diary.taken(slots[0].timestamp(), slots[-1].timestamp()) if slots else frozenset()
        chosen: list[datetime] = []
        for slot in sorted((s for s in slots if epoch(s) not in taken), key=distance):
            if not (apart and any(slot.date() == other.date() for other in chosen)):
                chosen.append(slot)
            if len(chosen) == OFFERED:
                break
        if chosen:
            words = listed([moment_words(slot, now.date()) for slot in sorted(chosen)])
            return f"Nearest free: {words}. Offer these and ask which suits."
    return "Nothing else is free. Offer to take a message."


def _minutes(t: time) -> int:
    return t.hour * 60 + t.minute


def _within(t: time, part: Part | None) -> bool:
    return part is None or part[0] <= t < part[1]


def _likeliest(times: tuple[time, ...], slots: list[datetime]) -> time:
    """Of the readings of a time, the one nearest to the opening hours."""

    return min(times, key=lambda t: min(abs(_minutes(t) - _minutes(slot.time())) for slot in slots))
