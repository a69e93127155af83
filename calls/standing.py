"""Whose snapshot stands, of several writers of one call; and what a worker that took a call over unread lacks.

Such a worker (`CallRecord.blind_since`) could not read the record before it began. Its own, of the higher epoch, stands
over the older one; so that nothing is lost by that, it is completed by the older one as soon as the two meet, wherever
that is and in whatever order. What was added is kept in `before`, so that it is added once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from calls.record import CallRecord

END_NEVER_WRITTEN = "end_never_written"
"""`CallRecord.failure` of a call that control/ closed because its worker had not: the worker's own end is the truth."""

_DIGITS = 6  # of what is used and what it costs, as the worker rounds them


def settle(ours: CallRecord, theirs: CallRecord | None) -> CallRecord:
    """The snapshot that stands, of two writers of one call, in this order: a worker's own end over the one that
    control/ wrote in its stead (in the higher epoch of the two); the higher epoch; the closed one; the higher
    version; `ours`. Completed by the other, where its worker had taken the call over unread.
    """
    if theirs is None:
        return ours
    if ours.closed and theirs.closed and _stand_in(ours) != _stand_in(theirs):
        true, other = (theirs, ours) if _stand_in(ours) else (ours, theirs)
        return complete(replace(true, epoch=max(ours.epoch, theirs.epoch)), other)
    mine, others = ((r.epoch, r.closed, r.version) for r in (ours, theirs))
    return complete(ours, theirs) if mine >= others else complete(theirs, ours)


def complete(record: CallRecord, other: CallRecord) -> CallRecord:
    """`record` with what `other` knows of the time before `record` began to count: who called and when, on which line,
    what tools achieved and `record` has not; turns, usage and cost of both. `record` itself where that is no news, and
    for any that was not taken over unread. Another room's is another call's."""
    if record.blind_since is None or record.room != other.room:
        return record
    past = other.before if other.blind_since == record.blind_since else other
    known = record.before
    before = settle(known, past) if known is not None else past
    if before is None or before == known:
        return record
    learned = known.data.items() if known is not None else ()  # from an older snapshot of the past, not its own
    own = dict(item for item in record.data.items() if item not in learned)
    message = None if known is not None and record.message == known.message else record.message
    return replace(
        record,
        before=before,
        line=before.line,
        persona=before.persona,
        direction=before.direction,
        caller=before.caller,
        started_at=before.started_at,
        answered_at=record.answered_at if before.answered_at is None else before.answered_at,
        failure=record.failure if before.closed else record.failure or before.failure,
        message=before.message if message is None else message,
        data={**before.data, **own},
        **_sums(record, known, before),
    )


def _sums(record: CallRecord, known: CallRecord | None, before: CallRecord) -> dict[str, Any]:
    """What both counted; `known` is in `record` already. Of costs in two currencies only `record`'s own stays."""
    parts = [(1, record), (1, before)] + ([(-1, known)] if known is not None else [])
    currency = before.currency if record.currency is None else record.currency
    costs = [sign * each.cost for sign, each in parts if each.cost is not None and each.currency == currency]
    usage: dict[str, float] = {}
    for sign, each in parts:
        for unit, amount in each.usage.items():
            usage[unit] = round(usage.get(unit, 0.0) + sign * amount, _DIGITS)
    return {
        "turns": sum(sign * each.turns for sign, each in parts),
        "usage": usage,
        "cost": round(sum(costs), _DIGITS) if costs else None,
        "currency": currency,
    }


def _stand_in(record: CallRecord) -> bool:
    return record.failure == END_NEVER_WRITTEN
