"""The callee before they answer: in the room from the first dialled digit, there to be spoken to only once "active"."""

from __future__ import annotations

import asyncio

from livekit import rtc

from agent.outbound.order import Order
from ops.deadline import DeadlineExceeded, deadline
from sip.answers import heard

STATUS = "sip.callStatus"
_ACTIVE = "active"
_JOIN_S = 25.0  # from our readiness: whoever dials has seen it within a second, and the SIP service is slow at worst
_RINGING_MARGIN_S = 10.0  # the SIP service stops the ringing, and says so
_WHY_LEFT = {
    rtc.DisconnectReason.USER_REJECTED: "rejected",  # busy too: only whoever dialled knows the difference
    rtc.DisconnectReason.USER_UNAVAILABLE: "no_answer",
    rtc.DisconnectReason.CONNECTION_TIMEOUT: "no_answer",
    rtc.DisconnectReason.CLIENT_INITIATED: "no_answer",  # hung up while it rang or at the moment of the answer
    rtc.DisconnectReason.PARTICIPANT_REMOVED: "cancelled",
    rtc.DisconnectReason.ROOM_DELETED: "cancelled",
}
OTHERWISE = "not_dialled"
_UNSURE = ("rejected", OTHERWISE)
_TOLD_S = 2.0  # of waiting for what the dialler says: nobody is on the line


class NotAnswered(Exception):
    """`reason` is one of busy, rejected, no_answer, failed, cancelled, not_dialled."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Callee:
    """Who is called, by identity. Listens from the moment it is made; `close` stops that."""

    def __init__(self, room: rtc.Room, order: Order) -> None:
        self._room, self._order = room, order
        self._joined, self._decided = asyncio.Event(), asyncio.Event()
        self._left: str | None = None
        self._told = asyncio.Event()
        room.on("room_metadata_changed", self._heard)
        room.on("participant_connected", self._seen)
        room.on("participant_attributes_changed", self._changed)
        room.on("participant_disconnected", self._gone)
        for participant in list(room.remote_participants.values()):
            self._seen(participant)

    async def answered(self) -> rtc.RemoteParticipant:
        """The callee, once they have answered. Raises NotAnswered; the order's times are the deadlines."""
        try:
            async with deadline(_JOIN_S, "callee in the room"):
                await self._joined.wait()
        except DeadlineExceeded:
            raise NotAnswered(OTHERWISE) from None
        try:
            async with deadline(self._order.ringing_s + _RINGING_MARGIN_S, "callee's answer"):
                await self._decided.wait()
        except DeadlineExceeded:
            raise NotAnswered("no_answer") from None
        participant = self._room.remote_participants.get(self._order.callee)
        if self._left is not None or participant is None or heard(self._room.metadata) is not None:
            raise NotAnswered(await self._why())
        return participant

    def room_gone(self) -> bool:
        """The room is over. Had the callee left before, so that the call has its reason?"""
        self._told.set()
        return self._left is not None

    async def _why(self) -> str:
        if self._left in _UNSURE and heard(self._room.metadata) is None:
            try:
                async with deadline(_TOLD_S, "what came of the dial"):
                    await self._told.wait()
            except DeadlineExceeded:
                pass
        return heard(self._room.metadata) or self._left or "no_answer"

    def _heard(self, _: str, metadata: str) -> None:
        """The dial is over, perhaps before anybody could join."""
        if heard(metadata) is not None:
            for waiting in (self._told, self._joined, self._decided):
                waiting.set()

    def close(self) -> None:
        self._room.off("room_metadata_changed", self._heard)
        self._room.off("participant_connected", self._seen)
        self._room.off("participant_attributes_changed", self._changed)
        self._room.off("participant_disconnected", self._gone)

    def _seen(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity != self._order.callee:
            return
        self._joined.set()
        if is_active(participant):
            self._decided.set()

    def _changed(self, _: dict[str, str], participant: rtc.Participant) -> None:
        if isinstance(participant, rtc.RemoteParticipant):
            self._seen(participant)

    def _gone(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity != self._order.callee:
            return
        reason = participant.disconnect_reason
        self._left = _WHY_LEFT.get(reason, OTHERWISE) if reason is not None else OTHERWISE
        self._joined.set()
        self._decided.set()


def is_active(participant: rtc.RemoteParticipant) -> bool:
    """Has the phone been answered? Who has no phone (a browser, in a call without a carrier) is there at once."""
    if participant.kind != rtc.ParticipantKind.PARTICIPANT_KIND_SIP:
        return True
    return participant.attributes.get(STATUS) == _ACTIVE
