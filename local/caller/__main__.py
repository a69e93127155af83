"""`make call`: ring the running stack, talk, print the conversation and its figures."""

from __future__ import annotations

import asyncio
import functools
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from local.caller import options, summary
from local.caller.called import SILENT, not_taken, picked_up, role_of
from local.caller.errors import CallerError
from local.caller.hearing import Ears
from local.caller.options import Options, Outbound
from local.caller.ordered_leg import OrderedLeg
from local.caller.orders import Order, callee_by_day, follow, told
from local.caller.placed import Caller, Line, Placed, place
from local.caller.voice import NoVoiceError, load, speak
from local.info import NoStackError, StackInfo
from local.records import reading
from ops.clock import SystemClock

_CLOSED_S = 10.0  # until control has seen that the call is over


async def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 when the agent greeted and answered every turn, 1 when not, 2 when no call could be made."""
    given = options.parse(arguments)
    try:
        stack = StackInfo.read(given.stack)
        if given.outbound:
            return await _outbound(given, given.outbound, stack)
        lines = [await _line(line) for line in given.lines]
        says = [
            functools.partial(_say, f"[{n + 1}] " if given.concurrency > 1 else "") for n in range(given.concurrency)
        ]
        says[0](f"calling {'from the web' if given.web else given.number or ', '.join(stack.numbers[:1])}")
        async with Ears() as ears, reading(stack.state_url) as records:
            caller = Caller(given, lines, ears.words, records)
            calls: list[Placed] = await asyncio.gather(*(place(caller, caller.leg(stack), say) for say in says))
    except (NoStackError, NoVoiceError, CallerError) as error:
        print(error, file=sys.stderr)
        return 2
    each = [summary.keep(call, given.out, number, stack.storage_url) for number, call in enumerate(calls, start=1)]
    for call, kept, say in zip(calls, each, says, strict=True):
        print()
        summary.tell(call, kept, say)
    print(json.dumps(each[0] if len(each) == 1 else summary.of_many(calls, each)))
    return 0 if all(call.good for call in calls) else 1


async def _outbound(given: Options, wanted: Outbound, stack: StackInfo) -> int:
    """Likewise, for a call that we are to get; 0 when it came and went as it should."""
    say = functools.partial(_say, "")
    order = Order(given.number or callee_by_day(), wanted.line, wanted.persona, wanted.purpose, dict(wanted.data))
    say(f"line {order.line} is to call {order.to}")
    if wanted.role in SILENT:
        shown = await not_taken(stack, order, wanted.role, say, SystemClock())
        print(json.dumps({key: shown.get(key) for key in ("id", "state", "reason", "sip_status")}))
        return 0 if shown["state"] == SILENT[wanted.role] else 1
    lines = [await _line(line) for line in given.lines]
    leg = OrderedLeg(stack, order, await role_of(wanted))
    async with Ears() as ears, reading(stack.state_url) as records:
        caller = Caller(given, lines, ears.words, records)
        call = await (place if wanted.role == "human" else picked_up)(caller, leg, say)
    kept = summary.keep(call, given.out, 1, stack.storage_url)
    print()
    summary.tell(call, kept, say)
    if leg.order_id:
        shown = await follow(stack, leg.order_id, say, SystemClock(), _CLOSED_S)
        kept["order"] = told(shown)
    print(json.dumps(kept))
    return 0 if call.good else 1


async def _line(line: str | Path) -> Line:
    if isinstance(line, Path):
        return Line(line.name, await asyncio.to_thread(load, line))
    return Line(line, await speak(line))


def _say(prefix: str, text: str) -> None:
    print(f"{prefix}{text}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(sys.argv[1:])))
    except KeyboardInterrupt:
        sys.exit(130)
