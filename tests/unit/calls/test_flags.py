"""Which way to the state a call takes."""

from __future__ import annotations

import pytest

from calls.flags import ROLLBACK, Flags, decode, encode
from calls.ids import new_call_id
from ops.clock import SystemClock

CALLS = [new_call_id(SystemClock()) for _ in range(2000)]


def test_the_persona_is_asked_first_then_the_share() -> None:
    """A persona that is named goes its way whatever the percentage says."""
    flags = Flags("redis", {"night": "gateway", "day": "redis"}, percent_gateway=100)
    assert flags.route("a-call", "night") == "gateway"
    assert flags.route("a-call", "day") == "redis"
    assert flags.route("a-call", "other") == "gateway"
    assert Flags().route("a-call", "other") is None
    assert {ROLLBACK.route(call, "night") for call in CALLS} == {"redis"}


@pytest.mark.parametrize("percent", [0, 1, 20, 50, 99, 100])
def test_a_share_is_about_what_it_says(percent: int) -> None:
    """Of 2,000 calls; 0 and 100 are exact."""
    through = sum(Flags(percent_gateway=percent).route(call, "any") == "gateway" for call in CALLS)
    assert abs(through / 20 - percent) <= (4 if 0 < percent < 100 else 0)


def test_a_call_keeps_its_way_when_the_share_rises() -> None:
    """Who took the gateway at 20 percent still does at 60: a take-over of a call reads the same flags."""
    few = {call for call in CALLS if Flags(percent_gateway=20).route(call, "any") == "gateway"}
    many = {call for call in CALLS if Flags(percent_gateway=60).route(call, "any") == "gateway"}
    assert few < many


@pytest.mark.parametrize("flags", [Flags(), ROLLBACK, Flags(None, {"käse": "gateway"}, 7)])
def test_flags_are_read_as_they_were_written(flags: Flags) -> None:
    assert decode(encode(flags)) == flags
    assert decode(encode(flags).encode()) == flags


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        (None, Flags()),
        (b"", Flags()),
        ("{", Flags()),
        (b"\xff\xfe", Flags()),
        ("[1]", Flags()),
        ('{"default": "carrier-pigeon", "personas": {"a": "redis", "b": 3}, "newer": 1}', Flags(None, {"a": "redis"})),
        ('{"personas": ["a"], "percent_gateway": "20"}', Flags()),
        ('{"percent_gateway": 250, "default": "gateway"}', Flags("gateway", {}, 100)),
        ('{"percent_gateway": -3}', Flags()),
        ('{"percent_gateway": NaN}', Flags()),
        ('{"percent_gateway": true}', Flags()),
    ],
)
def test_what_is_not_understood_is_as_if_it_had_not_been_said(text: str | bytes | None, flags: Flags) -> None:
    """A newer version, or a hand at redis-cli, wrote them: a call begins all the same."""
    assert decode(text) == flags
