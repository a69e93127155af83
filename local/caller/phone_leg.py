"""A telephone: rings a number at the telephone double (local/stand_ins/telephone/wire.go has the protocol)."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import aiohttp

from local.caller.errors import CallerError
from local.caller.handset import Handset
from local.caller.line import Line
from local.caller.opus import FRAME, OpusDecoder, OpusEncoder
from local.caller.sound import WIRE_RATE, Pcm
from local.info import StackInfo
from ops.clock import Clock, SystemClock
from ops.deadline import DeadlineExceeded, deadline

DEFAULT_CALLER = "+15550199"
_HEADER = struct.Struct(">BBHI")  # track, 0, sequence, RTP timestamp
_EAR_DELAY_S = 0.04  # two packets: what a phone's jitter buffer holds on a good line
_WITHIN_S = 5.0


class PhoneLeg(Line):
    """One call from a telephone: G.711's narrow band both ways. See legs.Leg for what the methods promise."""

    def __init__(
        self,
        telephone_url: str,
        number: str,
        *,
        caller: str = DEFAULT_CALLER,
        headers: Mapping[str, str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__("phone")
        self._url, self._number, self._caller, self._headers = telephone_url, number, caller, dict(headers or {})
        self._clock = clock or SystemClock()
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._encoder = OpusEncoder()
        self._decoders: dict[int, OpusDecoder] = {}
        self._sent = 0  # packets
        self._keys_pressed, self._key_refused = 0, ""
        self.sip_call_id = ""  # SCL_..., LiveKit's
        self.room_name = ""  # once the call is in its room
        self.handset = Handset(self._clock, self._send, narrow=True, ear_delay_s=_EAR_DELAY_S)

    @classmethod
    def of(cls, stack: StackInfo, number: str | None = None, caller: str = DEFAULT_CALLER) -> PhoneLeg:
        """A phone beside a running stack; it rings the stack's first number unless told another."""
        if number is None and not stack.numbers:
            raise CallerError(
                "The stack has no line with a number: add one to config/callcenter.yaml, or use --number."
            )
        return cls(stack.telephone_url, number or stack.numbers[0], caller=caller)

    async def connect(self) -> None:
        self._session = aiohttp.ClientSession()
        try:
            async with deadline(_WITHIN_S, "telephone"):
                self._socket = await self._session.ws_connect(f"{self._url}/phone", max_msg_size=1 << 16)
                self.handset = Handset(self._clock, self._send, narrow=True, ear_delay_s=_EAR_DELAY_S)
                await self._command(
                    "invite", to=self._number, src="127.0.0.1", headers=self._headers, **{"from": self._caller}
                )
        except (aiohttp.ClientError, DeadlineExceeded) as error:
            await self.hangup()
            raise CallerError(f"No telephone at {self._url} ({error}). Start the stack: make run") from error
        self._tasks.spawn(self._listen(self._socket), name="listen")

    async def dtmf(self, digits: str) -> None:
        """Returns when the last key was pressed. CallerError for what is no key."""
        wanted = self._keys_pressed + len(digits)
        await self._command("dtmf", digits=digits)
        async with deadline(_WITHIN_S + len(digits), "telephone"):
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
            async with deadline(_WITHIN_S, "telephone"):
                await self._socket.close()
        if self._session is not None:
            await self._session.close()

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._told(json.loads(message.data))
            elif message.type is aiohttp.WSMsgType.BINARY:
                self._hear(message.data)
        self._end("the telephone double closed the line")

    def _told(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "trying":
                self.sip_call_id = event.get("call", "")
                self._note("trying")
            case "ringing":
                self._note("ringing")
            case "joined":
                self.room_name = event["room"]
                self._note("joined")
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
        if self._socket is None or self.ended.is_set():
            return
        stamp = self._sent * FRAME
        header = _HEADER.pack(0, 0, self._sent & 0xFFFF, stamp & 0xFFFFFFFF)
        self._sent += 1
        try:
            async with deadline(_WITHIN_S, "telephone"):
                await self._socket.send_bytes(header + self._encoder.encode(frame))
        except (ConnectionError, aiohttp.ClientError, DeadlineExceeded) as error:
            self._end(f"the line broke: {error}")

    async def _command(self, op: str, **values: Any) -> None:
        if self._socket is None or self.ended.is_set():
            raise CallerError("The call is over.")
        async with deadline(_WITHIN_S, "telephone"):
            await self._socket.send_json({"op": op, **values})
