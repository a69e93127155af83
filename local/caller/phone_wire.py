"""A telephone's wire to the telephone double, to ring or be rung (local/stand_ins/telephone/wire.go: the protocol)."""

from __future__ import annotations

import json
import struct
from typing import Any

import aiohttp

from local.caller.errors import CallerError
from local.caller.handset import Handset
from local.caller.line import Line
from local.caller.opus import FRAME, OpusDecoder, OpusEncoder
from local.caller.sound import WIRE_RATE, Pcm
from ops.clock import Clock, SystemClock
from ops.deadline import DeadlineExceeded, deadline

_HEADER = struct.Struct(">BBHI")  # track, 0, sequence, RTP timestamp
_EAR_DELAY_S = 0.04  # two packets: what a phone's jitter buffer holds on a good line
WITHIN_S = 5.0


class PhoneWire(Line):
    """G.711's narrow band both ways. See legs.Leg for what the methods promise."""

    def __init__(self, name: str, telephone_url: str, clock: Clock | None = None) -> None:
        super().__init__(name)
        self._url, self._clock = telephone_url, clock or SystemClock()
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._encoder = OpusEncoder()
        self._decoders: dict[int, OpusDecoder] = {}
        self._sent = 0  # packets
        self._keys_pressed, self._key_refused = 0, ""
        self.sip_call_id = ""  # SCL_..., LiveKit's
        self.room_name = ""  # once it is known
        self.handset = Handset(self._clock, self._send, narrow=True, ear_delay_s=_EAR_DELAY_S)

    async def dtmf(self, digits: str) -> None:
        """Returns when the last key was pressed. CallerError for what is no key."""
        wanted = self._keys_pressed + len(digits)
        await self._command("dtmf", digits=digits)
        async with deadline(WITHIN_S + len(digits), "telephone"):
            while self._keys_pressed < wanted and not self.ended.is_set():
                if self._key_refused:
                    reason, self._key_refused = self._key_refused, ""
                    raise CallerError(reason)
                await self._news.wait()

    async def hangup(self) -> None:
        """BYE. The other side knows at once; what is heard until then is in the recorder."""
        self._end("hung up")
        await self._tasks.aclose()
        if self._socket is not None:
            async with deadline(WITHIN_S, "telephone"):
                await self._socket.close()
        if self._session is not None:
            await self._session.close()

    async def vanish(self, *, silent_ms: int = 0) -> None:
        """Lose the line without a BYE: nothing comes any more, which is noticed after `silent_ms` (0: 15 s)."""
        await self._command("vanish", silent_ms=silent_ms)
        self._end("vanished")

    async def _open(self, path: str) -> None:
        self._session = aiohttp.ClientSession()
        try:
            async with deadline(WITHIN_S, "telephone"):
                self._socket = await self._session.ws_connect(f"{self._url}{path}", max_msg_size=1 << 16)
        except (aiohttp.ClientError, DeadlineExceeded) as error:
            await self.hangup()
            raise CallerError(f"No telephone at {self._url} ({error}). Start the stack: make run") from error
        self.handset = Handset(self._clock, self._send, narrow=True, ear_delay_s=_EAR_DELAY_S)
        self._tasks.spawn(self._listen(self._socket), name="listen")

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._told(json.loads(message.data))
            elif message.type is aiohttp.WSMsgType.BINARY:
                self._hear(message.data)
        self._end("the telephone double closed the line")

    def _told(self, event: dict[str, Any]) -> None:
        """What a phone learns whichever way the call goes; the ways add their own."""
        match event["event"]:
            case "answered":
                self._pick_up()
            case "attributes" if event.get("kind") == "agent":
                self._describe(event["attributes"])
            case "dtmf" if "digit" in event:
                self.keys_heard.append(event["digit"])
                self._note("key")
            case "dtmf":
                self._key_refused = str(event.get("reason"))
                self._note("key refused")
            case "pressed":
                self._keys_pressed += 1
                self._note("pressed")
            case "transferred":
                self._note(f"transferred to {event.get('to')}")
            case "bye":
                self._end(event.get("reason", "bye"))
            case "rejected":
                self._end(f"{event.get('code')} {event.get('reason')}")

    def _hear(self, packet: bytes) -> None:
        track, _, _, stamp = _HEADER.unpack_from(packet)
        pcm = self._decoders.setdefault(track, OpusDecoder()).decode(packet[_HEADER.size :])
        if len(pcm):
            self.handset.hear(str(track), stamp / WIRE_RATE, pcm)

    async def _send(self, frame: Pcm) -> None:
        await self._send_packet(self._encoder.encode(frame))

    async def _send_packet(self, opus: bytes) -> None:
        """20 ms of sound."""
        if self._socket is None or self.ended.is_set():
            return
        stamp = self._sent * FRAME
        header = _HEADER.pack(0, 0, self._sent & 0xFFFF, stamp & 0xFFFFFFFF)
        self._sent += 1
        try:
            async with deadline(WITHIN_S, "telephone"):
                await self._socket.send_bytes(header + opus)
        except (ConnectionError, aiohttp.ClientError, DeadlineExceeded) as error:
            self._end(f"the line broke: {error}")

    async def _command(self, op: str, **values: Any) -> None:
        if self._socket is None or self.ended.is_set():
            raise CallerError("The call is over.")
        try:
            async with deadline(WITHIN_S, "telephone"):
                await self._socket.send_json({"op": op, **values})
        except (ConnectionError, aiohttp.ClientError, DeadlineExceeded) as error:
            raise CallerError(f"The line broke: {error}") from error
