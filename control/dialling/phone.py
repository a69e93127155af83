"""What a dialler asks of the telephone side. A port; LiveKit's is control/dialling/livekit_phone.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from calls.outbound import DialState
from calls.ports import Member, MemberKind
from calls.record import Direction

CALLEE = "callee"
"""The callee's identity in the room."""
_ROOM = "out-"


def room_of(call_id: str) -> str:
    """Its room: no number is in its name."""
    return f"{_ROOM}{call_id}"


def direction_of(room: str) -> Direction:
    return Direction.OUTBOUND if room.startswith(_ROOM) else Direction.INBOUND


def is_there(member: Member, room: str) -> bool:
    """Is somebody on the line? A callee whose telephone only rings is in the room, and must not be answered by nobody:
    a caller who rings is waiting for us."""
    ringing = member.attributes.get("sip.callStatus") in ("dialing", "ringing")
    return member.kind is MemberKind.CALLER and not (direction_of(room) is Direction.OUTBOUND and ringing)


@dataclass(frozen=True, slots=True)
class Dial:
    """`number` and `caller_id` are E.164."""

    room: str
    trunk: str
    number: str
    caller_id: str
    ringing_s: float
    max_duration_s: float


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a dial: ANSWERED, BUSY, NO_ANSWER, REJECTED or FAILED with a `reason`. `sip_status` 0: none came.

    `dialled` False: nobody's telephone can have rung.
    """

    state: DialState
    sip_status: int = 0
    reason: str = ""
    dialled: bool = True

    @property
    def is_over(self) -> bool:
        """The far end or the SIP service is through with it, or never had it: no telephone rings on."""
        return self.state is not DialState.FAILED or self.sip_status > 0 or not self.dialled


class Phone(Protocol):
    """`trunk` and `open` raise calls.ports.RoomsDown."""

    async def trunk(self, carrier: str) -> str | None:
        """The outbound trunk of this carrier, as `python -m sip apply` made it; None: there is none."""
        ...

    async def open(self, room: str, worker: str, metadata: str) -> None:
        """Make the room, and send a worker of this name into it."""
        ...

    async def dial(self, dial: Dial) -> Result:
        """Ring the number and wait until that has come to something. Cancelled, it may ring on: delete the room.

        Never raises.
        """
        ...

    async def tell(self, room: str, state: DialState) -> None:
        """Let the agent in the room know what came of the dial. Never raises: it then knows less."""
        ...

    async def aclose(self) -> None: ...
