"""A call's desk, tied to what its tools may cause in that call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from livekit import rtc

from agent.build import App
from agent.chronicle import Chronicle
from agent.endings import Ending, Endings
from agent.failures import Failure
from agent.outbound.keys import press
from agent.outbound.opt_out import NoMoreCalls
from agent.phone.people import Asked
from agent.recording.stopped import Stopped
from agent.tools.desk import Desk
from calls.events import ToolCalled
from calls.record import CallRecord, Leg
from config.model import Line
from ops.tasks import TaskSet
from sip.outbound.their_number import their_number


class Hands(Protocol):
    """What of the live call its tools reach for; see agent.tools.desk for the promises."""

    def put_through(self, name: str, summary: str) -> Asked: ...
    def expect_keys(self, count: int) -> None: ...
    async def stop_recording(self) -> Stopped: ...
    def take_card(self) -> bool: ...
    def tool_broke(self, failure: Failure, detail: str) -> None: ...


def desk_of(
    app: App, line: Line, chronicle: Chronicle, endings: Endings, tasks: TaskSet, room: rtc.Room, hands: Hands
) -> Desk:
    """The desk of a call that has just been opened, or taken over."""
    record: CallRecord = chronicle.record
    lists = (app.permits, app.opt_out_files, lambda: their_number(chronicle.record, line))
    out = NoMoreCalls(*lists, record.call_id, app.clock, tasks, chronicle.note)

    def tool_called(tool: str, arguments: Mapping[str, Any], result: str, ok: bool) -> None:
        turn = chronicle.record.turns
        chronicle.add(ToolCalled, turn=turn, tool=tool, arguments=dict(arguments), result=result, ok=ok)

    desk = Desk(
        call_id=record.call_id,
        caller_number=record.caller.number,
        clock=app.clock,
        diary=app.diary,
        practice=line.practice,
        end_call=lambda outcome, reason: endings.after_words(Ending(outcome, reason)),
        note=chronicle.note,
        tool_called=tool_called,
        failed=hands.tool_broke,
        people={name: target.says for name, target in line.telephony.targets.items()},
        put_through=hands.put_through,
        expect_keys=hands.expect_keys,
        has_keypad=record.caller.leg is Leg.SIP,
        opt_out=out.take,
        press_keys=lambda keys: press(room, keys, app.clock),
        stop_recording=hands.stop_recording,
        take_card=hands.take_card,
    )
    desk.restore(record)
    return desk
