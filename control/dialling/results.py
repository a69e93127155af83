"""What LiveKit's answer to CreateSIPParticipant means.

Seen with livekit-sip 1.10 and livekit-server 1.13: a busy callee is a SipCallError, resource_exhausted, with the
sip_status_code 486; where nobody answers it is `canceled`, without a SIP status.
"""

from __future__ import annotations

from livekit import api

from calls.outbound import DialState
from control.dialling.phone import Result

# RFC 3261 section 21; 607 RFC 8197, 608 RFC 8688.
_BY_STATUS = {
    486: DialState.BUSY,
    600: DialState.BUSY,
    603: DialState.REJECTED,
    607: DialState.REJECTED,
    608: DialState.REJECTED,
    408: DialState.NO_ANSWER,
    480: DialState.NO_ANSWER,
    487: DialState.NO_ANSWER,
}
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
    status = error.sip_status_code if isinstance(error, api.SipCallError) else None
    if status:
        state = _BY_STATUS.get(status, DialState.FAILED)
        return Result(state, status, "sip" if state is DialState.FAILED else "")
    if error.code == api.TwirpErrorCode.CANCELED:
        return Result(DialState.NO_ANSWER)
    if reason := _NOT_DIALLED.get(error.code):
        return Result(DialState.FAILED, 0, reason, dialled=False)
    return Result(DialState.FAILED, 0, "livekit")
