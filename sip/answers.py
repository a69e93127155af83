"""What the far end's final answer means, for whoever dials; and how control tells the agent, which sees no status.

LiveKit takes a callee who was busy and one who refused out of the room for the same reason, USER_REJECTED
(livekit-sip 1.10): the answer is known to whoever asked for the dial. So that one writes it into the room's metadata.
"""

from __future__ import annotations

import json

from livekit import api

from calls.outbound import DialState

# RFC 3261 section 21; 607 RFC 8197, 608 RFC 8688. Any other says nothing of the person.
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
_KEY = "dial"


def answer_of(error: api.TwirpError) -> tuple[DialState | None, int]:
    """BUSY, REJECTED or NO_ANSWER, None: nothing of the kind; and the SIP status, 0: none came.

    Seen with livekit-sip 1.10 and livekit-server 1.13: a busy callee is a SipCallError with the sip_status_code 486;
    where nobody answers it is `canceled`, without a SIP status.
    """
    status = error.sip_status_code if isinstance(error, api.SipCallError) else None
    if status:
        return _BY_STATUS.get(status), status
    return (DialState.NO_ANSWER, 0) if error.code == api.TwirpErrorCode.CANCELED else (None, 0)


def word(state: DialState) -> str:
    """As records and metrics have it: no_answer."""
    return state.value.replace("-", "_")


def told(state: DialState) -> str:
    """A room's metadata that says what came of its dial."""
    return json.dumps({_KEY: word(state)})


def heard(metadata: str) -> str | None:
    """What a room's metadata says of its dial: a word of a state in which it was over. None: nothing."""
    try:
        said = json.loads(metadata)
    except ValueError:
        return None
    found = said.get(_KEY) if isinstance(said, dict) else None
    return found if found in [word(state) for state in DialState if state.final] else None
