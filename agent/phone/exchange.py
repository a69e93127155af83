"""What a call asks of the telephone side: dial a person into its room, hand the caller on, say who hears whom.

Errors of LiveKit's API and of the far end stop here.
"""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp
from google.protobuf.duration_pb2 import Duration
from livekit import api
from livekit.protocol.sip import SIPTransferStatus

from config.telephony import Carrier, Provider
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from sip.answers import answer_of, word
from sip.lines.trunk_name import outbound_trunk
from sip.outbound.people import LONGEST_S

_log = logging.get(__name__)

_ASK_S = 3.0
_TRIES, _AGAIN_S = 5, 0.5
_SETUP_S = 10.0  # beside the ringing: from the order to the far end's first sign


class NotReached(Exception):
    """Nobody took the call. `reason` is a word: busy, no_answer, rejected, no_trunk, unavailable or sip_<status>."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unheard(Exception):
    """Who should hear each other do not, and cannot be told."""


class Exchange:
    """Of one call, in its `room`; `client` repeats nothing, and is its maker's; `worker` is the AGENT_NAME, `carrier`
    that of the call's line."""

    def __init__(
        self, client: api.LiveKitAPI, room: str, worker: str, clock: Clock, carrier: Carrier | None = None
    ) -> None:
        self._client, self._room, self._worker, self._clock = client, room, worker, clock
        self._carrier = carrier

    async def dial(self, number: str, carrier: str | None, *, identity: str, shown: str, ringing_s: float) -> None:
        """Returns when `number` has answered and is in the room as `identity`. `shown`: the number they see. Raises
        NotReached."""
        trunk = await self._trunk(carrier)
        request = api.CreateSIPParticipantRequest(
            sip_trunk_id=trunk,
            sip_call_to=number,
            sip_number=shown,
            room_name=self._room,
            participant_identity=identity,
            hide_phone_number=True,
            wait_until_answered=True,
            ringing_timeout=_duration(ringing_s),
            max_call_duration=_duration(LONGEST_S),
        )
        try:
            async with deadline(ringing_s + _SETUP_S, "dial"):
                await self._client.sip.create_sip_participant(request, timeout=ringing_s + _SETUP_S)
        except (api.TwirpError, aiohttp.ClientError, OSError, TimeoutError, DeadlineExceeded) as error:
            raise NotReached(why(error)) from error

    async def refer(self, caller: str, number: str, *, ringing_s: float) -> None:
        """Hand the caller's own leg on to `number` (SIP REFER). Returns when that has answered; their leg then leaves
        the room within about a second. Raises NotReached: the caller is still here."""
        request = api.TransferSIPParticipantRequest(
            participant_identity=caller,
            room_name=self._room,
            transfer_to=refer_to(number, self._carrier),
            play_dialtone=True,
            ringing_timeout=_duration(ringing_s),
        )
        try:
            async with deadline(ringing_s + _SETUP_S, "refer"):
                answer = await self._client.sip.transfer_sip_participant(request, timeout=ringing_s + _SETUP_S)
        except (api.TwirpError, aiohttp.ClientError, OSError, TimeoutError, DeadlineExceeded) as error:
            raise NotReached(why(error)) from error
        if answer.status == SIPTransferStatus.STS_TRANSFER_FAILED:  # also where no error was raised
            raise NotReached("unavailable")

    async def hears(self, listener: str, tracks: Sequence[str], *, yes: bool) -> bool:
        """Let `listener` hear these tracks, or no longer. False, and logged, where the server does not do it."""
        if not tracks:
            return True
        request = api.UpdateSubscriptionsRequest(
            room=self._room, identity=listener, track_sids=list(tracks), subscribe=yes
        )
        return await self._asked("update_subscriptions", self._client.room.update_subscriptions(request))

    async def insist(self, listener: str, tracks: Sequence[str]) -> None:
        """`listener` hears these tracks. Raises Unheard where the server does not do it, asked again and again."""
        for _ in range(_TRIES):
            if await self.hears(listener, tracks, yes=True):
                return
            await self._clock.sleep(_AGAIN_S)
        raise Unheard("subscriptions cannot be changed")

    async def keys(self, identity: str, *, reach: bool) -> bool:
        """Let the keys that `identity` presses reach the room, or nobody. A key is data for everybody in it, and
        livekit-sip (1.11, pkg/sip/room.go) plays what comes into each leg: the server drops it at whoever sends it.
        False, and logged, where the server does not do it."""

        async def permit() -> None:
            found = await self._client.room.get_participant(
                api.RoomParticipantIdentity(room=self._room, identity=identity)
            )
            permission = found.permission  # all of it is set at once: the rest as it was
            permission.can_publish_data = reach
            await self._client.room.update_participant(
                api.UpdateParticipantRequest(room=self._room, identity=identity, permission=permission)
            )

        return await self._asked("update_participant", permit())

    async def keys_again(self, identity: str) -> None:
        """They reach the room again, asked again and again."""
        for _ in range(_TRIES):
            if await self.keys(identity, reach=True):
                return
            await self._clock.sleep(_AGAIN_S)

    async def hang_up(self, identity: str) -> None:
        """Whoever that is, or may still become; gone already is as well."""
        request = api.RoomParticipantIdentity(room=self._room, identity=identity)
        await self._asked("remove_participant", self._client.room.remove_participant(request))

    async def _trunk(self, carrier: str | None) -> str:
        if carrier is None:
            raise NotReached("no_trunk")
        try:
            async with deadline(_ASK_S, "outbound trunks"):
                found = await self._client.sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest())
        except (api.TwirpError, aiohttp.ClientError, OSError, TimeoutError, DeadlineExceeded) as error:
            raise NotReached("unavailable") from error
        if (trunk := outbound_trunk(found.items, carrier, self._worker)) is not None:
            return trunk
        _log.error("no outbound trunk, run python -m sip apply", carrier=carrier)
        raise NotReached("no_trunk")

    async def _asked(self, what: str, question: object) -> bool:
        try:
            async with deadline(_ASK_S, what):
                await question  # type: ignore[misc]
                return True
        except (api.TwirpError, aiohttp.ClientError, OSError, TimeoutError, DeadlineExceeded) as error:
            _log.warning("the media server did not do it", what=what, error_type=type(error).__name__)
            return False


def refer_to(number: str, carrier: Carrier | None) -> str:
    """Whom a REFER names. A telephone system, or a softphone, dials the sip: address at which it takes our own calls;
    few know what to do with tel:, which Twilio asks for."""
    if carrier is None or carrier.address is None or carrier.provider is Provider.TWILIO:
        return f"tel:{number}"
    return f"sip:{number}@{carrier.address}"


def why(error: Exception) -> str:
    """The far end's answer in a word."""
    if isinstance(error, api.TwirpError):
        state, status = answer_of(error)
        if state is not None:
            return word(state)
        if status:
            return f"sip_{status}"
        return "no_answer" if error.code == api.TwirpErrorCode.DEADLINE_EXCEEDED else "unavailable"
    return "no_answer" if isinstance(error, TimeoutError | DeadlineExceeded) else "unavailable"


def _duration(seconds: float) -> Duration:
    return Duration(seconds=int(seconds), nanos=int(seconds % 1 * 1e9))
