"""The first moments of a call: who is calling, on which line, and with which id."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from livekit import rtc
from livekit.agents import AutoSubscribe, JobContext

from agent import inbound
from agent.build import App
from agent.callers import Dispatch, callee_of, caller_of, parse_dispatch
from agent.errors import BadDispatch
from agent.inbound import number_in
from agent.outbound.order import Order, order_of
from agent.phone.people import is_person
from agent.recall import Past
from agent.tools.registry import FOR_CALLS_WE_MAKE, FOR_PHONES, FOR_RECORDED_CALLS
from calls.ids import new_call_id
from calls.policy import RecordingMode
from calls.record import Caller, CallRecord, Direction, Leg
from calls.recording import Recording
from config.model import Calling, Line
from config.persona_data import checked
from ops.deadline import DeadlineExceeded, deadline

CALL_ID_ATTRIBUTE = "switchboard.call_id"
EPOCH_ATTRIBUTE = "switchboard.epoch"
CONNECT_S = 10.0
CALLER_S = 20.0  # a SIP participant comes 260 ms after the agent; a web caller may be asked for the microphone first


@dataclass(frozen=True, slots=True)
class Opening:
    """`participant` is None where nobody came (or in the console); `complaint`: what was wrong with the dispatch.

    `resumed`: the call was another worker's; `past` is what could be read of it, in time. `refused`: in a word, why the
    caller is not answered; `message`: all that they are told, since the practice is closed. `order`: by which we make
    this call.
    """

    record: CallRecord
    line: Line
    participant: rtc.RemoteParticipant | None
    complaint: str = ""
    resumed: bool = False
    past: Past | None = None
    refused: str | None = None
    message: str | None = None
    order: Order | None = None

    @property
    def identity(self) -> str | None:
        """Who is listened to, there or not; None in the console."""
        if self.participant is not None:
            return self.participant.identity
        return self.order.callee if self.order else None

    @property
    def tools(self) -> tuple[str, ...]:
        """The line's, and what no call of this kind is without."""
        own = self.line.tools
        more: tuple[str, ...]
        more = FOR_CALLS_WE_MAKE if self.order is not None else FOR_PHONES if self.on_phone else ()
        if self.record.recording is not None:
            more = (*more, *FOR_RECORDED_CALLS)
        return (*own, *(name for name in more if name not in own))

    @property
    def on_phone(self) -> bool:
        return self.record.caller.leg is Leg.SIP

    @property
    def is_to_be_answered(self) -> bool:
        """Is this a call of ours in which nobody has been spoken to yet? Only those who talk are handed on unread."""
        unread = self.resumed and self.past is None
        return self.order is not None and self.record.answered_at is None and not unread


Recall = Callable[[Dispatch], Awaitable[Past | None]]
"""Begins to read what the store has of a call when it is called, and is awaited for it."""


async def open_call(app: App, ctx: JobContext, connected: Callable[[], None], recall: Recall) -> Opening:
    """Connect, call `connected`, wait for the caller, find the line; `recall` a call that was another worker's.

    Raises DeadlineExceeded where the room is out of reach. The console has no room: there `connected` is not called.
    """
    dispatch, complaint = _dispatch(ctx.job.metadata)
    recalled = recall(dispatch) if dispatch.resume else None
    if ctx.is_fake_job():
        line = app.call_center.web_line or any_line(app)
        return Opening(_record(app, ctx, line, dispatch, Caller(Leg.CONSOLE, "console")), line, None)
    async with deadline(CONNECT_S, "livekit room"):
        # One peer connection for both directions: the track is published without a second handshake, 60-100 ms sooner.
        await ctx.connect(auto_subscribe=AutoSubscribe.AUDIO_ONLY, single_peer_connection=True)
    if refused := _refused_at_sight(app, ctx, dispatch):
        # Their phone is still on its way into the room: a room that is deleted before would be made anew by it.
        participant = await _caller(ctx)
        caller = caller_of(participant) if participant else Caller(Leg.SIP, "", number_in(ctx.job.room.name))
        if caller.leg is Leg.SIP:  # a browser's room may be called anything
            line, _ = _line(app, dispatch, caller)
            return Opening(_record(app, ctx, line, dispatch, caller), line, None, refused=refused)
    connected()
    await asyncio.sleep(0)  # what `connected` began goes out before the call's parts are made, 30-50 ms of work
    past = await recalled if recalled is not None else None
    if past is not None and past.record.room != ctx.job.room.name:
        past, complaint = None, "the call to resume was in another room"
    if past is not None:
        dispatch = replace(dispatch, line=past.record.line, persona=past.record.persona)
    if (order := _order(dispatch, past)) is not None:
        return _to_call(app, ctx, dispatch, order, past, complaint)
    participant = await _caller(ctx, past.record.caller.identity if past else "")
    caller = caller_of(participant) if participant else Caller(Leg.WEB, "")
    line, asked = _line(app, dispatch, caller)
    complaint = "; ".join(filter(None, [complaint, asked]))
    answered = inbound.Answered(line)
    if not dispatch.resume and participant is not None and dispatch.direction is Direction.INBOUND:
        if refused := inbound.refusal(line, caller):
            return Opening(_record(app, ctx, line, dispatch, caller), line, participant, complaint, refused=refused)
        answered = inbound.at_this_hour(line, app.call_center.personas, app.clock.now())
        line = answered.line
    record = past.record.evolve(epoch=dispatch.epoch) if past else _record(app, ctx, line, dispatch, caller)
    resumed = dispatch.resume is not None
    return Opening(record, line, participant, complaint, resumed=resumed, past=past, message=answered.message)


def _order(dispatch: Dispatch, past: Past | None) -> Order | None:
    """By which we make this call, or another worker did; of one that cannot be read nothing but that we made it."""
    if past is not None:
        return order_of(past.record)
    unread = dispatch.resume is not None and dispatch.direction is Direction.OUTBOUND
    return dispatch.outbound or (Order() if unread else None)


def _to_call(app: App, ctx: JobContext, dispatch: Dispatch, order: Order, past: Past | None, complaint: str) -> Opening:
    """A call that we make. Its callee is not there yet; or is, and another worker had the call."""
    caller = Caller(Leg.SIP, order.callee, order.number, order.number)
    line, asked = _line(app, dispatch, caller)
    resumed, unread = dispatch.resume is not None, dispatch.resume is not None and past is None
    data, wrong = checked(line.persona.data, order.data) if not unread else ({}, [])
    line = line.calls(Calling(data, order.purpose), order.max_duration_s)
    complaint = "; ".join(filter(None, [complaint, asked, *wrong]))
    participant = ctx.room.remote_participants.get(order.callee)
    if unread and participant is not None:
        caller = callee_of(participant, caller)
    record = past.record.evolve(epoch=dispatch.epoch) if past else _record(app, ctx, line, dispatch, caller)
    if past is None and not unread:
        record = replace(record, data=order.noted())
    return Opening(record, line, participant, complaint, resumed=resumed, past=past, order=order)


def _refused_at_sight(app: App, ctx: JobContext, dispatch: Dispatch) -> str | None:
    """Known before our track stops the phone's ringing, where the dispatch names the line and the room the caller."""
    line = app.call_center.line(dispatch.line or "")
    return None if line is None or dispatch.resume else inbound.refusal_at_sight(line, ctx.job.room.name)


def _dispatch(metadata: str) -> tuple[Dispatch, str]:
    try:
        return parse_dispatch(metadata), ""
    except BadDispatch as error:
        return Dispatch(), str(error)


def unopened(app: App, ctx: JobContext) -> CallRecord:
    """The record of a call whose room was out of reach: who called, nobody knows."""
    dispatch, _ = _dispatch(ctx.job.metadata)
    return _record(app, ctx, any_line(app), dispatch, Caller(Leg.WEB, ""))


async def _caller(ctx: JobContext, known: str = "") -> rtc.RemoteParticipant | None:
    """The phone where there is one, else the first who can be a caller; None where none came or the room closed."""
    present = ctx.room.remote_participants
    if known in present:  # there may be two phones: the caller's, and that of a person they were put through to
        return present[known]
    callers = [participant for participant in present.values() if not is_person(participant.identity)]
    for kind in (rtc.ParticipantKind.PARTICIPANT_KIND_SIP, rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD):
        for participant in callers:
            if participant.kind == kind:
                return participant
    if len(callers) < len(present):  # the person is here, and whom they were called for has gone
        return None
    try:
        async with deadline(CALLER_S, "caller in the room"):
            return await ctx.wait_for_participant()
    except (DeadlineExceeded, RuntimeError):
        return None


def _line(app: App, dispatch: Dispatch, caller: Caller) -> tuple[Line, str]:
    """The dialled number's line or the one the dispatch names, answered by the persona it names, if we have it."""
    center, complaints = app.call_center, []
    line = center.line_for(caller.dialled) if caller.leg is Leg.SIP else center.web_line
    if dispatch.line is not None:
        if (named := center.line(dispatch.line)) is None:
            complaints.append("no such line")
        line = named or line
    line = line or any_line(app)
    if dispatch.persona is not None and dispatch.persona != line.persona.name:
        if (persona := center.persona(dispatch.persona)) is None:
            complaints.append("no such persona")
        else:
            line = line.speaking_as(persona)
    return line, "; ".join(complaints)


def any_line(app: App) -> Line:
    """A call that reached us is answered, even where the configuration names no line for it."""
    center = app.call_center
    return center.default_line or center.web_line or next(iter(center.lines.values()))


def _record(app: App, ctx: JobContext, line: Line, dispatch: Dispatch, caller: Caller) -> CallRecord:
    return CallRecord(
        call_id=_given_id(ctx) or dispatch.known_id or new_call_id(app.clock),
        room="console" if ctx.is_fake_job() else ctx.job.room.name,
        line=line.name,
        persona=line.persona.name,
        direction=dispatch.direction,
        caller=caller,
        started_at=app.clock.now(),
        epoch=dispatch.epoch,
        blind_since=dispatch.epoch if dispatch.resume is not None else None,
        recording=_recording(line, caller),
    )


def _recording(line: Line, caller: Caller) -> Recording | None:
    """What its line wants of this call. The console has no room that could be recorded."""
    policy = line.policy.recording
    if policy.mode is RecordingMode.OFF or caller.leg is Leg.CONSOLE:
        return None
    return Recording(policy.mode.value, keep_days=policy.keep_days)


def _given_id(ctx: JobContext) -> str | None:
    """The id that agent/entry.py gave when it took the job, which everybody in the room can read."""
    if ctx.is_fake_job():
        return None
    if ctx.room.isconnected() and (known := ctx.room.local_participant.attributes.get(CALL_ID_ATTRIBUTE)):
        return known
    return (ctx.token_claims().attributes or {}).get(CALL_ID_ATTRIBUTE)
