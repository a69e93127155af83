"""Putting a caller through to a person of the line's list: by REFER or warm, and back to the agent where nobody comes.

Whom is the configuration's to say: a tool, and so the model, and so whatever a caller talks the model into, can give
no more than a name on that list.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from livekit import rtc

from agent import metrics
from agent.phone.exchange import Exchange, NotReached
from agent.phone.hand_off import HandOff
from agent.phone.hold import Hold
from agent.phone.people import Asked, identity_of, is_person, name_of
from calls.record import Leg
from config.model import Line
from config.telephony import Target
from ops import logging
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet
from sip.outbound.people import Leave, PeopleGuard

_log = logging.get(__name__)

_WORDS_S = 12.0  # for "I'll put you through" to be heard
_FAR_END = ("busy", "no_answer", "rejected")  # asked, and did not take it: asking in another way is no help

_HAD_ANSWERED = ("declined", "no_key", "unavailable")  # the last perhaps

MOST_TRIES = 3  # a person's telephone is no toy of a caller's
HANDED_TO = "handed_to"
"""The record's data: the name of the target to whom the caller is joined."""


class Call(Protocol):
    """What is needed of the live call."""

    async def spoken(self) -> None:
        """Returns when the agent's present words have been heard."""

    async def say(self, words: str, *, in_talk: bool) -> None:
        """Returns when they were heard."""

    def note(self, **data: Any) -> None:
        """Into the record's data, with the next event."""

    def to_be_told(self) -> str:
        """What a person must know before they talk to the caller, in whole sentences; "": nothing."""

    def came_to(self, target: str, result: str, **data: Any) -> None:
        """Putting through to `target` has: joined, transferred, or why not. Into the record at once, with `data`: the
        joined call has no other events, and who takes it over must know."""

    def away(self, *, on: bool) -> None:
        """While `on` the agent does not listen, and minds no silence."""

    def attend(self) -> None:
        """From now on the agent neither listens nor speaks, but to say that time is up."""

    def transferred(self, reason: str) -> None:
        """The call is over for us: a person, or another number, has the caller."""


@dataclass(frozen=True, slots=True)
class Whose:
    """The caller in the room, by identity, by what leg they came, and in which call."""

    identity: str
    leg: Leg
    call_id: str


class PutThrough:
    """One of a call. `joined` is the name of the target whom the caller talks to, or ""."""

    def __init__(
        self,
        line: Line,
        whose: Whose,
        room: rtc.Room,
        exchange: Exchange,
        hold: Hold,
        guard: PeopleGuard,
        tasks: TaskSet,
        call: Call,
    ) -> None:
        self._line, self._whose, self._room, self._exchange = line, whose, room, exchange
        self._guard, self._tasks, self._call = guard, tasks, call
        self._hand_off = HandOff(room, whose.identity, exchange, hold, tasks, self._brief, line.phrases.take_it)
        self._busy = False
        self._tries = 0
        self.joined = ""

    @property
    def targets(self) -> Mapping[str, Target]:
        return self._line.telephony.targets

    @property
    def away(self) -> bool:
        """Is the caller on hold, or talking to a person?"""
        return self._busy or bool(self.joined)

    def ask(self, name: str, summary: str) -> Asked:
        """Begin, once the agent's words have been heard. KeyError: no such target."""
        target = self.targets[name]
        if self.away:
            return Asked.UNDER_WAY
        if self._tries >= MOST_TRIES:
            return Asked.TOO_OFTEN
        self._tries += 1
        self._busy = True
        self._tasks.spawn(self._through(target, summary), name="put through")
        return Asked.BEGUN

    def to_hand_on(self, name: str) -> str:
        """As the agent names them, where `hand_on` can be tried; "": it can not."""
        target = self.targets.get(name)
        return target.says if target and not self.away and self._whose.leg is Leg.SIP else ""

    async def hand_on(self, name: str) -> bool:
        """Give the caller to them by REFER and in no other way, warm or not: then nothing of it stays with us. False:
        the caller is still here, and was told nothing."""
        target = replace(self.targets[name], warm=False)
        self._busy = True
        try:
            leave = await self._guard.ask(target)
            reason = leave.refused or await self._left_to(target, leave)
        finally:
            self._busy = False
        metrics.TRANSFERS.labels(how="cold", result=reason or "done").inc()
        _log.info("put through", target=target.name, reason=reason or "done")
        if reason:
            self._call.came_to(target.name, reason, not_reached={target.name: reason})
        return not reason

    async def _left_to(self, target: Target, leave: Leave) -> str:
        """Why not; "": they are."""
        try:
            reason = "" if await self._referred(target) else "rejected"
        except NotReached as error:
            reason = error.reason
        if reason:
            self._tasks.spawn(self._guard.settled(leave, talked=False), name="settle")
        return reason

    def resume(self, data: Mapping[str, Any] | None) -> bool:
        """Another worker died in this call; `data` is its record's, None: it could not be read. True: the caller is
        joined to a person, and we attend. Where one was only being rung or told, that is given up; where nobody can
        know, a person who has answered is joined to the caller."""
        people = {who: one for who, one in self._room.remote_participants.items() if is_person(who)}
        joined = identity_of(str(data.get(HANDED_TO))) if data is not None else _answered(people)
        for identity in people:
            if identity != joined:
                self._tasks.spawn(self._exchange.hang_up(identity), name="hang up")
        if joined not in people:
            gone = data is not None and HANDED_TO in data  # while nobody looked
            self._left(gone)
            if not gone:
                self._tasks.spawn(self._exchange.keys_again(self._whose.identity), name="keys again")
            return gone
        if data is None:
            self._tasks.spawn(self._hand_off.join(joined), name="join")
        self._attend(name_of(joined))
        return True

    async def _through(self, target: Target, summary: str) -> None:
        try:
            _, leave = await asyncio.gather(self._words_heard(), self._guard.ask(target))
            if not leave.checked:
                self._call.note(unaudited={target.name: leave.refused or "allowed"})
            reason = leave.refused or await self._reached(target, summary, leave)
        finally:
            self._busy = False
        metrics.TRANSFERS.labels(how="warm" if target.warm else "cold", result=reason or "done").inc()
        _log.info("put through", target=target.name, reason=reason or "done")
        if reason:
            self._call.came_to(target.name, reason, not_reached={target.name: reason})
            await self._call.say(self._apology(reason).format(says=target.says), in_talk=True)

    def _apology(self, reason: str) -> str:
        phrases = self._line.phrases
        words = {"busy": phrases.busy, "velocity": phrases.refused, "spend": phrases.refused}
        return words.get(reason, phrases.not_reached)

    async def _words_heard(self) -> None:
        try:
            async with deadline(_WORDS_S, "words before a transfer"):
                await self._call.spoken()
        except DeadlineExceeded:
            _log.warning("put through while still speaking")

    async def _reached(self, target: Target, summary: str, leave: Leave) -> str:
        """Why they were not; "": they were. What a REFER makes of it nobody here sees: it counts at its longest."""
        try:
            if target.warm or self._whose.leg is not Leg.SIP or not await self._referred(target):
                await self._handed_over(target, summary)
                self._tasks.spawn(self._settled_at_the_end(leave), name="settle")
        except NotReached as error:
            talked = error.reason in _HAD_ANSWERED
            self._tasks.spawn(self._guard.settled(leave, talked=talked), name="settle")
            return error.reason
        return ""

    async def _settled_at_the_end(self, leave: Leave) -> None:
        try:
            await asyncio.get_running_loop().create_future()  # the call's end cancels its tasks
        finally:
            await self._guard.settled(leave, talked=True)

    async def _referred(self, target: Target) -> bool:
        """False: the carrier does not hand calls on, which is no answer of the target's. The caller hears only the
        ringing meanwhile, which may last longer than we bear their silence."""
        self._call.away(on=True)
        try:
            await self._exchange.refer(self._whose.identity, target.number, ringing_s=target.ringing_s)
        except NotReached as error:
            self._call.away(on=False)
            if error.reason in _FAR_END:
                raise
            _log.warning("transfer refused, the target is dialled instead", target=target.name, reason=error.reason)
            return False
        self._call.came_to(target.name, "transferred", **{HANDED_TO: target.name})
        self._call.transferred("transferred")
        return True

    async def _handed_over(self, target: Target, summary: str) -> None:
        telephony = self._line.telephony
        shown = telephony.outbound.caller_id if telephony.outbound else next(iter(self._line.numbers), "")
        told = f"{self._call.to_be_told()} {summary}".strip()  # first what they must know: they are recorded already
        brief = self._line.phrases.introduced.format(practice=self._line.practice.name, summary=told)
        await self._hand_off.to(target, telephony.carrier, shown, brief.strip())
        self._call.came_to(target.name, "joined", **{HANDED_TO: target.name})
        self._attend(target.name)

    def _attend(self, name: str) -> None:
        """Joined: the agent is silent, and ends the call where the person leaves; of the caller others take care."""
        self.joined, person = name, identity_of(name)
        self._call.attend()
        self._room.on("participant_disconnected", lambda who: self._left(who.identity == person))
        if person not in self._room.remote_participants:
            self._left(True)

    def _left(self, person: bool) -> None:
        if person:
            self._call.transferred("handed_off")

    async def _brief(self, words: str) -> None:
        await self._call.say(words, in_talk=False)


def _answered(people: Mapping[str, rtc.RemoteParticipant]) -> str:
    """Who of them is on the line; "": nobody."""
    return next((who for who, one in people.items() if one.attributes.get("sip.callStatus") == "active"), "")
