"""What LiveKit's answer to CreateSIPParticipant means for the order."""

from __future__ import annotations

from livekit import api

from calls.outbound import DialState
from control.dialling.phone import Result
from sip.answers import answer_of

# Without a SIP status: refused by the server, before a telephone could ring.
_NOT_DIALLED = {
    api.TwirpErrorCode.NOT_FOUND: "no_trunk",
    api.TwirpErrorCode.UNAVAILABLE: "no_sip",
    api.TwirpErrorCode.UNAUTHENTICATED: "livekit",
    api.TwirpErrorCode.PERMISSION_DENIED: "livekit",
    api.TwirpErrorCode.INVALID_ARGUMENT: "livekit",
}


def answered() -> Result:
    return Result(DialState.ANSWERED, 200)


def result_of(error: api.TwirpError) -> Result:
    """What the server's error says of the call."""
    state, status = answer_of(error)
    if state is not None:
        return Result(state, status)
    if status:
        return Result(DialState.FAILED, status, "sip")
    if reason := _NOT_DIALLED.get(error.code):
        return Result(DialState.FAILED, 0, reason, dialled=False)
    return Result(DialState.FAILED, 0, "livekit")
