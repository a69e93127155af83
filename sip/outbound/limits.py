"""How much a line may dial: the tallies that its calls and those whom callers are put through to are counted in."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import NamedTuple

from calls.outbound import OutboundCall
from config.telephony import Outbound

VELOCITY = "velocity"
HOUR_S, DAY_S = 3600.0, 24 * 3600.0


class Limit(NamedTuple):
    """`amount` is this call's, of the `most` that may be taken under `tally` in a window; `reason` refuses it."""

    reason: str
    tally: str
    amount: float
    most: float
    window_s: float


def of_call(call: OutboundCall, outbound: Outbound) -> list[Limit]:
    """Of a call that we make."""
    often = f"outbound:number:{call.number}"  # of all lines together
    return [
        Limit("often", often, 1.0, float(outbound.calls_per_number_per_day), DAY_S),
        *of_line(call.line, outbound, call.due_at, call.max_duration_s),
    ]


def of_line(line: str, outbound: Outbound, at: float, longest_s: float) -> list[Limit]:
    """What all that a line dials has in common, at `at` (UTC epoch seconds). Of a price without a cap nothing can be
    checked: the configuration refuses it."""
    limits = [Limit(VELOCITY, f"outbound:hour:{line}", 1.0, float(outbound.calls_per_hour), HOUR_S)]
    if outbound.spend_per_day:
        amount = price(outbound, longest_s)
        limits.append(Limit("spend", spend(line, at), amount, outbound.spend_per_day, 2 * DAY_S))
    return limits


def price(outbound: Outbound, talked_s: float) -> float:
    """Carriers charge begun minutes."""
    return outbound.price_per_minute * math.ceil(talked_s / 60.0)


def spend(line: str, at: float) -> str:
    """The tally of the day it was due on: what is given back after midnight goes to the day it was taken from."""
    return f"outbound:spend:{line}:{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
