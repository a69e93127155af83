"""The Phone port over LiveKit's server API. Errors of the API and of the wire stop here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from google.protobuf.duration_pb2 import Duration
from livekit import api

from calls.outbound import DialState
from calls.ports import RoomsDown
from control.dialling.phone import CALLEE, Dial, Result
from control.dialling.results import answered, result_of
from ops import logging
from ops.deadline import DeadlineExceeded, deadline
from sip.answers import told
from sip.lines.trunk_name import outbound_trunk

_log = logging.get("control.dialling")

_ASK_S = 3.0
_MORE_S = 10.0  # beyond the ringing: the server's own way to its answer
_EMPTY_S = 60  # a room to which nobody comes closes itself
# livekit-sip counts max_call_duration from the dial (createSIPParticipant in pkg/sip/client.go, 1.11.0), an order its
# talk from the answer: theirs is the net under ours, and leaves the agent its goodbye.
_NET_S = 60.0


class LiveKitPhone:
    """One client for the process, made at the first question, inside the loop."""

    def __init__(self, url: str, api_key: str, api_secret: str, *, worker: str) -> None:
        self._access, self._worker = (url, api_key, api_secret), worker
        self._client: api.LiveKitAPI | None = None

    async def trunk(self, carrier: str) -> str | None:
        async with self._asking("list outbound trunks") as livekit:
            listed = await livekit.sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest())
        return outbound_trunk(listed.items, carrier, self._worker)

    async def open(self, room: str, worker: str, metadata: str) -> None:
        agent = api.RoomAgentDispatch(agent_name=worker, metadata=metadata)
        async with self._asking("create room") as livekit:
            await livekit.room.create_room(api.CreateRoomRequest(name=room, empty_timeout=_EMPTY_S, agents=[agent]))

    async def dial(self, dial: Dial) -> Result:
        try:
            async with deadline(dial.ringing_s + _MORE_S, "dial"):
                await self._made().sip.create_sip_participant(request_of(dial), timeout=dial.ringing_s + _MORE_S)
        except api.TwirpError as error:
            return result_of(error)
        except aiohttp.ClientConnectorError:
            return Result(DialState.FAILED, 0, "livekit", dialled=False)
        except (aiohttp.ClientError, OSError, TimeoutError, DeadlineExceeded, ValueError):
            return Result(DialState.FAILED, 0, "livekit")
        return answered()

    async def tell(self, room: str, state: DialState) -> None:
        try:
            async with self._asking("update room metadata") as livekit:
                await livekit.room.update_room_metadata(api.UpdateRoomMetadataRequest(room=room, metadata=told(state)))
        except RoomsDown as error:
            _log.warning("the agent was not told of the dial", state=state.value, error_type=type(error).__name__)

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _made(self) -> api.LiveKitAPI:
        if self._client is None:
            # No failover: it repeats what may have happened already, and that would be a second call.
            self._client = api.LiveKitAPI(*self._access, failover=False)
        return self._client

    @asynccontextmanager
    async def _asking(self, what: str) -> AsyncIterator[api.LiveKitAPI]:
        try:
            async with deadline(_ASK_S, "livekit"):
                yield self._made()
        except api.TwirpError as error:
            raise RoomsDown(f"{what}: {error.code}") from error
        except (aiohttp.ClientError, OSError, TimeoutError, DeadlineExceeded) as error:
            raise RoomsDown(f"{what}: {type(error).__name__}") from error


def request_of(dial: Dial) -> api.CreateSIPParticipantRequest:
    """What LiveKit is asked for."""
    return api.CreateSIPParticipantRequest(
        sip_trunk_id=dial.trunk,
        sip_call_to=dial.number,
        sip_number=dial.caller_id,
        room_name=dial.room,
        participant_identity=CALLEE,
        participant_name=CALLEE,
        wait_until_answered=True,
        ringing_timeout=Duration(seconds=round(dial.ringing_s)),
        max_call_duration=Duration(seconds=round(dial.max_duration_s + dial.ringing_s + _NET_S)),
    )
