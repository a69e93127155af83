"""What LiveKit says of a dial is what the call becomes: as it was seen in real calls, and as its source has it."""

from __future__ import annotations

import pytest
from livekit import api

from calls.outbound import DialState
from control.dialling.results import result_of


def _sip(status: int, code: str = "resource_exhausted") -> api.TwirpError:
    return api.SipCallError(code, "said", status=500, metadata={"sip_status_code": str(status)})


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        *((486, DialState.BUSY, ""), (600, DialState.BUSY, "")),
        *((603, DialState.REJECTED, ""), (607, DialState.REJECTED, ""), (608, DialState.REJECTED, "")),
        *((408, DialState.NO_ANSWER, ""), (480, DialState.NO_ANSWER, ""), (487, DialState.NO_ANSWER, "")),
        *((404, DialState.FAILED, "sip"), (403, DialState.FAILED, "sip"), (503, DialState.FAILED, "sip")),
    ],
)
def test_the_far_ends_status(status: int, state: DialState, reason: str) -> None:
    result = result_of(_sip(status))
    assert (result.state, result.sip_status, result.reason, result.dialled) == (state, status, reason, True)


@pytest.mark.parametrize(
    ("code", "state", "reason", "dialled"),
    [
        ("canceled", DialState.NO_ANSWER, "", True),
        ("not_found", DialState.FAILED, "no_trunk", False),
        ("unavailable", DialState.FAILED, "no_sip", False),
        ("invalid_argument", DialState.FAILED, "livekit", False),
        ("internal", DialState.FAILED, "livekit", True),
        ("deadline_exceeded", DialState.FAILED, "livekit", True),
    ],
)
def test_without_a_status(code: str, state: DialState, reason: str, dialled: bool) -> None:
    """Where it is not certain that nothing rang, it counts as a call."""
    result = result_of(api.ServerError(code, "said", status=500))
    assert (result.state, result.sip_status, result.reason, result.dialled) == (state, 0, reason, dialled)
