"""What LiveKit is asked for when a call is dialled."""

from __future__ import annotations

import pytest

from control.dialling.following import OVERTIME_S
from control.dialling.livekit_phone import request_of
from control.dialling.phone import Dial


@pytest.mark.parametrize(("ringing_s", "max_duration_s"), [(30.0, 10.0), (25.0, 600.0), (60.0, 3600.0)])
def test_what_rings_long_may_talk_as_long(ringing_s: float, max_duration_s: float) -> None:
    """LiveKit counts from the dial: with the order's own figure it hung up in mid-talk, without a goodbye, and a call
    of 10 s was cancelled while it rang. Ours ends it first, however long it rang."""
    asked = request_of(Dial("out-1", "ST_1", "+442079460123", "+15550100001", ringing_s, max_duration_s))
    assert asked.ringing_timeout.seconds == ringing_s
    assert asked.max_call_duration.seconds > ringing_s + max_duration_s + OVERTIME_S
