"""One real call as a test tells it: ring, talk, hang up, and then what was written down.

async with ring(stack) as call:
    await call.greeting()
    await call.ask("What are your opening hours?")
assert call.record["outcome"] == "resolved"
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from livekit import api

from local import ears
from local.caller.legs import Leg, PhoneLeg, WebLeg
from local.caller.outcome import closed_record
from local.caller.phone_leg import DEFAULT_CALLER
from local.caller.sound import EAR_RATE
from local.caller.talk import Heard, Report, Talk
from local.info import StackInfo
from local.records import Records, RecordsUnreadableError, reading
from local.records.order import place
from local.stack import Stack
from ops.clock import SystemClock
from ops.deadline import deadline

CALL_ID = "switchboard.call_id"
PATIENCE_S = 30.0  # generous: these machines are shared, and no test asserts milliseconds
_CLOSED_S = 25.0
_TO_THE_END = 200  # more answers than a test asks for, retries and replies made ahead included


@dataclass
class Call:
    """A call in progress, or over. `record` and `events` are there once the `ring` block has been left."""

    leg: Leg
    talk: Talk
    records: Records
    call_id: str = ""
    record: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    async def greeting(self) -> Heard:
        """Wait for the greeting to be heard to its end."""
        return await self.talk.heard_answer(PATIENCE_S)

    async def ask(self, line: str) -> Heard:
        """Say a line and hear the whole answer."""
        await self.talk.say(line)
        return await self.talk.heard_answer(PATIENCE_S)

    async def ended(self, timeout_s: float = PATIENCE_S) -> str:
        """Wait for the other side to end the call; returns why."""
        async with deadline(timeout_s, "the end of the call"):
            await self.leg.ended.wait()
        return self.leg.ended_because

    async def written(self, wanted: Callable[[dict[str, Any]], bool], timeout_s: float = PATIENCE_S) -> dict[str, Any]:
        """Wait for an event in the call's own log, while the call goes on."""
        async with deadline(timeout_s, "an event"):
            while True:
                await self.learn_id()
                with suppress(RecordsUnreadableError):
                    for event in await self.so_far():
                        if wanted(event):
                            return event
                await asyncio.sleep(0.05)

    async def so_far(self) -> list[dict[str, Any]]:
        """The events written until now, by (epoch, seq). RecordsUnreadableError while the store is down."""
        return [dict(event) for event in await self.records.events(self.call_id)] if self.call_id else []

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["kind"] == kind]

    def said(self, who: str) -> list[str]:
        """What was understood of the caller, or heard of the agent, in order."""
        return [event["text"] for event in self.of_kind(f"{who}_spoke")]

    async def learn_id(self) -> str:
        """The call's id, as its agent says it in the room; "" where it has not within five seconds."""
        if not self.call_id:
            self.call_id = await self.leg.attribute(CALL_ID, 5.0) or ""
        return self.call_id

    async def close(self) -> None:
        await self.learn_id()
        await self.leg.hangup()
        assert self.call_id, "the agent never said its call id"
        self.record = await closed_record(self.records, self.call_id, SystemClock(), _CLOSED_S) or {}
        self.events = await self.so_far()

    def report(self) -> Report:
        return self.talk.report()


@asynccontextmanager
async def ring(
    stack: Stack,
    *,
    web: bool = False,
    number: str | None = None,
    caller: str = DEFAULT_CALLER,
    info: StackInfo | None = None,
    metadata: str | None = None,
) -> AsyncIterator[Call]:
    """Ring, be answered, and afterwards see the call closed: a record with an outcome, numbered events, no room.

    A phone, or a web caller: of a worker beside the stack's (`info`), or with a dispatch's `metadata`.
    """
    by_web = web or info is not None or metadata is not None
    leg: Leg = WebLeg.of(info or stack.info, metadata or "") if by_web else PhoneLeg.of(stack.info, number, caller)
    async with reading((info or stack.info).state_url) as records:
        call = Call(leg, Talk(leg, transcribe=None), records)
        try:
            await leg.connect()
            await leg.answered(PATIENCE_S)
            yield call
        finally:
            await call.close()
    assert call.record.get("outcome"), f"call {call.call_id} was not closed: {call.record}"
    assert_whole(call.events)
    await no_room(stack, call.record["room"])


def assert_whole(events: Sequence[Mapping[str, Any]]) -> None:
    """No event of a call is missing or there twice, and its end is the last.

    Each worker numbers on from the last it could read: the first epoch begins at 1, a later one at or below where any
    before it stopped (what the dead one had on its own disk only came later, under numbers that were used twice),
    and within an epoch there is no gap.
    """
    assert [place(event) for event in events] == sorted({place(event) for event in events})
    numbers: dict[int, list[int]] = {}
    for epoch, seq in map(place, events):
        numbers.setdefault(epoch, []).append(seq)
    follows_on = 1
    for epoch, own in sorted(numbers.items()):
        assert own == list(range(own[0], own[0] + len(own))), f"epoch {epoch} has gaps: {own}"
        assert 1 <= own[0] <= follows_on, f"epoch {epoch} begins with {own[0]}, {follows_on} would follow on"
        follows_on = max(follows_on, own[-1] + 1)  # one that could read less stops below the one before
    assert events[-1]["kind"] == "call_ended"


async def no_room(stack: Stack, *names: str, timeout_s: float = 15.0) -> None:
    """None of these rooms (or none at all) stays behind: a forgotten one keeps an agent in a line nobody pays for."""
    async with (
        api.LiveKitAPI(
            stack.info.livekit_url.replace("ws://", "http://"), stack.info.api_key, stack.info.api_secret
        ) as server,
        deadline(timeout_s, "the rooms to be gone"),
    ):
        while (await server.room.list_rooms(api.ListRoomsRequest(names=names))).rooms:
            await asyncio.sleep(0.1)


async def is_said(heard: Heard, sentence: str, *others: str) -> bool:
    """Is it `sentence` that was heard, rather than any of `others` or of a list of decoys? By the caller's own ears."""
    chosen, _ = await asyncio.to_thread(ears.closest, heard.sound, EAR_RATE, [sentence, *others])
    return chosen == 0


async def trouble(stack: Stack, effect: dict[str, Any], count: int = 1) -> None:
    """Tell the chat stand-in what goes wrong with its next answers (local/stand_ins/chat/control.py)."""
    async with aiohttp.ClientSession() as session:
        base = stack.info.llm_base_url.removesuffix("/v1")
        if not effect:
            await session.delete(f"{base}/control")
            return
        async with session.post(f"{base}/control", json={"next": effect, "count": count}) as answer:
            assert answer.status < 300, await answer.text()


async def answers(stack: Stack, effect: dict[str, Any]) -> None:
    """From now on the chat stand-in answers so, instead of as the receptionist; {} gives her back."""
    await trouble(stack, {})
    if effect:
        await trouble(stack, effect, _TO_THE_END)
