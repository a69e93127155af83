"""What the room says of the caller, and of itself: who left, who came back, which keys were pressed, what is gone."""

from __future__ import annotations

from typing import Protocol

from livekit import rtc

from calls.record import Leg
from ops.clock import Clock
from ops.tasks import TaskSet

_RETURN_S = 5.0  # for a browser to come back after its network broke: LiveKit's clients try for about that long
_MEANT = (
    rtc.DisconnectReason.CLIENT_INITIATED,
    rtc.DisconnectReason.ROOM_DELETED,
    rtc.DisconnectReason.PARTICIPANT_REMOVED,
    rtc.DisconnectReason.USER_REJECTED,
)
_REPLACED = (rtc.DisconnectReason.PARTICIPANT_REMOVED, rtc.DisconnectReason.DUPLICATE_IDENTITY)


class Told(Protocol):
    """Who wants to know."""

    def caller_left(self, *, lost: bool) -> None:
        """`lost`: nobody hung up, their network broke. Of a telephone that vanished livekit-server 1.13 says the same
        as of one that hung up."""

    def caller_is_back(self, identity: str) -> None: ...
    def key_pressed(self, key: str) -> None: ...
    def room_closed(self) -> None: ...
    def sent_away(self) -> None:
        """The agent was removed from a room that goes on."""

    def connection_lost(self) -> None: ...


class Presence:
    """Listens from `start` on. One caller, known by identity."""

    def __init__(
        self, room: rtc.Room, caller: rtc.RemoteParticipant, leg: Leg, clock: Clock, tasks: TaskSet, told: Told
    ) -> None:
        self._room, self._caller, self._leg = room, caller, leg
        self._clock, self._tasks, self._told = clock, tasks, told

    def start(self) -> None:
        self._room.on("participant_disconnected", self._participant_left)
        self._room.on("disconnected", self._room_gone)
        self._room.on("sip_dtmf_received", self._dtmf)
        if self._caller.identity not in self._room.remote_participants:  # may have happened while we were made
            self._told.caller_left(lost=False)

    def _participant_left(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity != self._caller.identity:
            return
        if self._leg is Leg.WEB and participant.disconnect_reason not in _MEANT:
            self._tasks.spawn(self._come_back(participant.identity), name="caller's return")
        else:
            self._told.caller_left(lost=participant.disconnect_reason not in _MEANT)

    async def _come_back(self, identity: str) -> None:
        """A browser that lost its network joins anew under the same identity: the talk goes on."""
        await self._clock.sleep(_RETURN_S)
        if identity in self._room.remote_participants:
            self._told.caller_is_back(identity)
        else:
            self._told.caller_left(lost=True)

    def _room_gone(self, reason: rtc.DisconnectReason.ValueType) -> None:
        room_gone(reason, self._told)

    def _dtmf(self, event: rtc.SipDTMF) -> None:
        if event.participant is not None and event.participant.identity == self._caller.identity:
            self._told.key_pressed(event.digit[:1])


def room_gone(reason: rtc.DisconnectReason.ValueType, told: Told) -> None:
    """Deleted by somebody is an end; a lost connection to the server is our failure."""
    if reason in (rtc.DisconnectReason.ROOM_DELETED, rtc.DisconnectReason.CLIENT_INITIATED):
        told.room_closed()
    elif reason in _REPLACED:
        told.sent_away()
    else:
        told.connection_lost()
