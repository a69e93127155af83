"""One table of what the far end's answer means; the agent hears of it what the dialler saw."""

from __future__ import annotations

import pytest
from livekit import api

from agent.phone.exchange import why
from calls.outbound import DialState
from control.dialling.results import result_of
from ops.deadline import DeadlineExceeded
from sip.answers import heard, told, word


def _sip(status: int) -> api.TwirpError:
    return api.SipCallError("resource_exhausted", "said", status=500, metadata={"sip_status_code": str(status)})


@pytest.mark.parametrize(
    ("error", "said"),
    [
        *((_sip(486), "busy"), (_sip(600), "busy"), (_sip(487), "no_answer"), (_sip(480), "no_answer")),
        *((_sip(603), "rejected"), (_sip(608), "rejected"), (_sip(404), "sip_404")),
        (api.ServerError("canceled", "said", status=408), "no_answer"),
        (api.ServerError("deadline_exceeded", "said", status=408), "no_answer"),
        (api.ServerError("internal", "said", status=500), "unavailable"),
        (DeadlineExceeded("dial", 1.0), "no_answer"),
        (OSError(), "unavailable"),
    ],
)
def test_a_hand_offs_word(error: Exception, said: str) -> None:
    assert why(error) == said


@pytest.mark.parametrize("status", [408, 480, 486, 487, 600, 603, 607, 608])
def test_a_hand_off_and_an_order_say_the_same(status: int) -> None:
    assert why(_sip(status)) == word(result_of(_sip(status)).state)


def test_the_room_tells_what_came_of_the_dial_and_nothing_else() -> None:
    assert heard(told(DialState.NO_ANSWER)) == "no_answer"
    for other in ("", "{}", "[]", '{"dial": 1}', '{"dial": ["busy"]}', '{"dial": "answered"}', told(DialState.RINGING)):
        assert heard(other) is None, other
