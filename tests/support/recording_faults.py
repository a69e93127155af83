"""The ways in which a recording may be lost: what each does to the stack, and what there must be afterwards. The table
is in docs/tasks/recordings.md for people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from local.readiness import wait_until
from tests.support.recorded_place import RecordedPlace
from tests.support.recorder_trouble import order
from tests.support.workers import job_process

Act = Callable[[RecordedPlace, Sequence[str]], Awaitable[None]]
"""Done to the place while these calls go on in it; before any is placed there are none."""

PROVEN = frozenset({"proven"})
BACKUP = frozenset({"backup"})
EITHER = PROVEN | BACKUP


async def nothing(_: RecordedPlace, __: Sequence[str]) -> None:
    """Not at this time."""


@dataclass(frozen=True, slots=True)
class RecordingFault:
    """`before` the calls are placed, `during` the agent's answer, `at_end` of the talk, just before it is hung up.
    What is broken then stays so for `back_s` seconds after the end.

    `states`: what the record may say at last. `alarmed`: somebody has to be told of it, for what egress should have
    left was lost. `short`: in `make test` too.
    """

    name: str
    states: frozenset[str]
    alarmed: bool
    before: Act = nothing
    during: Act = nothing
    at_end: Act = nothing
    back_s: float = 0.0


def scripted(behaviour: str, after_ms: int = 0) -> Act:
    """Every recording that is asked for fails so."""

    async def done(place: RecordedPlace, _: Sequence[str]) -> None:
        await order(place.stack.info, behaviour, times=0, after_ms=after_ms)

    return done


def both(first: Act, then: Act) -> Act:
    async def done(place: RecordedPlace, calls: Sequence[str]) -> None:
        await first(place, calls)
        await then(place, calls)

    return done


def kill(name: str) -> Act:
    """SIGKILL to a process of the stack; "worker": to those that run the calls."""

    async def done(place: RecordedPlace, calls: Sequence[str]) -> None:
        if name == "worker":
            for call_id in calls:
                (await job_process(place.stack, call_id)).kill()
            return
        process = place.process(name)
        process.kill()
        assert await wait_until(lambda: not process.alive, 5.0)

    return done


def refuse(status: int, reason: str, words: str) -> Act:
    """The bucket says no to everything, in Google's words."""
    text = f'{{"error": {{"code": {status}, "message": "{words}", "errors": [{{"reason": "{reason}"}}]}}}}'

    async def done(place: RecordedPlace, _: Sequence[str]) -> None:
        place.storage.refusal = (status, text)

    return done


async def lose_bucket(place: RecordedPlace, _: Sequence[str]) -> None:
    place.lose_bucket()


async def lose_webhooks(place: RecordedPlace, _: Sequence[str]) -> None:
    place.hooks.refusal = (200, "")


async def shuffle_webhooks(place: RecordedPlace, _: Sequence[str]) -> None:
    place.hooks.shuffled = True


_NO = "does not have storage.objects.create access to the Google Cloud Storage object."

FAULTS = (
    RecordingFault("nothing is wrong", PROVEN, alarmed=False),
    RecordingFault("egress never starts", BACKUP, alarmed=True, before=scripted("never-starts")),
    RecordingFault("egress refuses for capacity", BACKUP, alarmed=True, before=scripted("refuses")),
    RecordingFault("no egress bids", BACKUP, alarmed=True, before=scripted("silent")),
    RecordingFault("egress service is dead", BACKUP, alarmed=True, before=kill("egress"), back_s=5.0),
    RecordingFault("egress aborts in the middle", BACKUP, alarmed=True, before=scripted("aborts", 3000)),
    RecordingFault("egress fails in the middle", BACKUP, alarmed=True, before=scripted("fails", 3000)),
    RecordingFault("egress dies without a word", BACKUP, alarmed=True, before=scripted("dies", 3000)),
    RecordingFault("egress is killed in the middle", BACKUP, alarmed=True, during=kill("egress"), back_s=5.0),
    RecordingFault("egress uploads 8 s late", PROVEN, alarmed=False, before=scripted("late", 8000)),
    RecordingFault("egress uploads nothing", BACKUP, alarmed=True, before=scripted("nothing")),
    RecordingFault("egress uploads a third", BACKUP, alarmed=True, before=scripted("truncated")),
    RecordingFault("bucket is missing", EITHER, alarmed=False, at_end=lose_bucket, back_s=15.0),
    RecordingFault("bucket is dead", EITHER, alarmed=False, at_end=kill("gcs"), back_s=15.0),
    RecordingFault("bucket refuses", EITHER, alarmed=False, at_end=refuse(403, "forbidden", _NO), back_s=15.0),
    RecordingFault(
        "bucket's quota is used up",
        *(EITHER, False),
        at_end=refuse(429, "quotaExceeded", "The quota has been exceeded."),
        back_s=15.0,
    ),
    RecordingFault("control is dead at the end", PROVEN, alarmed=False, at_end=kill("control"), back_s=10.0),
    RecordingFault("worker is killed", EITHER, alarmed=False, during=kill("worker")),
    RecordingFault("webhooks are lost", PROVEN, alarmed=False, before=lose_webhooks, back_s=8.0),
    RecordingFault("webhooks come twice and backwards", PROVEN, alarmed=False, before=shuffle_webhooks, back_s=8.0),
)

SHORT = (
    RecordingFault(
        "egress uploads a third, webhooks come twice and backwards",
        *(BACKUP, True),
        before=both(scripted("truncated"), shuffle_webhooks),
    ),
    RecordingFault(
        "egress aborts in the middle, the bucket is dead at the end",
        *(BACKUP, True),
        before=scripted("aborts", 3000),
        at_end=kill("gcs"),
        back_s=4.0,
    ),
    RecordingFault(
        "worker is killed, control is dead at the end",
        *(EITHER, False),
        during=kill("worker"),
        at_end=kill("control"),
        back_s=3.0,
    ),
)
"""In `make test`: two faults at a time, which the others show one by one."""
