"""A web caller: a WebRTC participant that dispatches the agent by its own token, as a web page's caller does."""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np
from livekit import api, rtc
from livekit.rtc.data_stream import StreamError
from livekit.rtc.participant import PublishTrackError

from local.caller.errors import CallerError
from local.caller.handset import Handset
from local.caller.line import Line
from local.caller.sound import WIRE_RATE, Pcm
from local.info import StackInfo
from ops.clock import Clock, SystemClock
from ops.deadline import DeadlineExceeded, deadline

_EAR_DELAY_S = 0.02  # WebRTC's jitter buffer comes before us: this is a sound card's own buffer
_QUEUE_MS = 40  # what the source may hold before it makes the mouth wait
_WITHIN_S = 10.0
_KEYS = "0123456789*#ABCD"  # a key's place is its RFC 4733 event code
_TRANSCRIPTION = "lk.transcription"  # livekit-agents 1.8.9, types.TOPIC_TRANSCRIPTION
_FINAL = "lk.transcription_final"  # and types.ATTRIBUTE_TRANSCRIPTION_FINAL


class WebLeg(Line):
    """One call from a browser: full band. See legs.Leg for what the methods promise."""

    def __init__(
        self,
        livekit_url: str,
        key: tuple[str, str],
        agent_name: str,
        *,
        metadata: str = "",
        identity: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`key` is LiveKit's API key and secret; `metadata` goes to the agent's job as it is."""
        super().__init__("web")
        self._url, self._key, self._agent_name, self._metadata = livekit_url, key, agent_name, metadata
        self._identity = identity or f"web-{secrets.token_hex(4)}"
        self.room_name = f"web-{secrets.token_hex(6)}"
        self._clock = clock or SystemClock()
        self._room: rtc.Room | None = None
        self._source: rtc.AudioSource | None = None
        self.handset = Handset(self._clock, self._send, narrow=False, ear_delay_s=_EAR_DELAY_S)

    @classmethod
    def of(cls, stack: StackInfo, metadata: str = "") -> WebLeg:
        return cls(stack.livekit_url, (stack.api_key, stack.api_secret), stack.agent_name, metadata=metadata)

    async def connect(self) -> None:
        self._room = room = rtc.Room()
        self._source = rtc.AudioSource(WIRE_RATE, 1, queue_size_ms=_QUEUE_MS)
        self._watch(room)
        self.handset = Handset(self._clock, self._send, narrow=False, ear_delay_s=_EAR_DELAY_S)
        try:
            async with deadline(_WITHIN_S, "livekit"):
                await room.connect(self._url, self._token(), rtc.RoomOptions(auto_subscribe=True))
                track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
                options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
                await room.local_participant.publish_track(track, options)
        except (rtc.ConnectError, PublishTrackError, DeadlineExceeded) as error:
            await self.hangup()
            raise CallerError(f"No LiveKit server at {self._url} ({error}). Start the stack: make run") from error
        self._note("ringing")

    async def dtmf(self, digits: str) -> None:
        if self._room is None or self.ended.is_set():
            raise CallerError("The call is over.")
        for digit in digits.upper():
            if digit not in _KEYS:
                raise CallerError(f"{digit!r} is no key of a telephone: those are {_KEYS}.")
            async with deadline(_WITHIN_S, "livekit"):
                await self._room.local_participant.publish_dtmf(code=_KEYS.index(digit), digit=digit)

    async def hangup(self) -> None:
        self._end("hung up")
        await self._tasks.aclose()
        if self._room is not None:
            async with deadline(_WITHIN_S, "livekit"):
                await self._room.disconnect()
        if self._source is not None:
            await self._source.aclose()

    def _token(self) -> str:
        key, secret = self._key
        agents = [api.RoomAgentDispatch(agent_name=self._agent_name, metadata=self._metadata)]
        return (
            api.AccessToken(key, secret)
            .with_identity(self._identity)
            .with_grants(api.VideoGrants(room_join=True, room=self.room_name))
            .with_room_config(api.RoomConfiguration(agents=agents))
            .to_jwt()
        )

    def _watch(self, room: rtc.Room) -> None:
        def subscribed(track: rtc.Track, _: Any, participant: rtc.RemoteParticipant) -> None:
            if (
                track.kind == rtc.TrackKind.KIND_AUDIO
                and participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
            ):
                self._tasks.spawn(self._hear(track), name="ear")
                self._pick_up()

        def described(_: Any, participant: rtc.Participant) -> None:
            if participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT:
                self._describe(dict(participant.attributes))

        def key(tone: rtc.SipDTMF) -> None:
            self.keys_heard.append(tone.digit)
            self._note("key")

        def wrote(reader: rtc.TextStreamReader, sender: str) -> None:
            if sender != self._identity and not self.ended.is_set():
                self._tasks.spawn(self._read(reader), name="transcript")

        room.on("track_subscribed", subscribed)
        room.on("participant_attributes_changed", described)
        room.on("participant_connected", lambda participant: described(None, participant))
        room.on("sip_dtmf_received", key)
        room.on("disconnected", lambda reason: self._end(rtc.DisconnectReason.Name(reason).lower()))
        room.register_text_stream_handler(_TRANSCRIPTION, wrote)

    async def _hear(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=WIRE_RATE, num_channels=1, frame_size_ms=20)
        heard = 0
        try:
            async for event in stream:
                pcm = np.frombuffer(event.frame.data, dtype=np.int16)
                self.handset.hear(track.sid, heard / WIRE_RATE, pcm)
                heard += len(pcm)
        finally:
            await stream.aclose()

    async def _read(self, reader: rtc.TextStreamReader) -> None:
        try:
            text = await reader.read_all()
        except StreamError:  # the agent died in mid-word: the call goes on, perhaps with another
            return
        if text.strip() and (reader.info.attributes or {}).get(_FINAL, "true") == "true":
            self.agent_words.append(text.strip())
            self._note("words")

    async def _send(self, frame: Pcm) -> None:
        if self._source is None or self.ended.is_set():
            return
        async with deadline(_WITHIN_S, "livekit"):
            await self._source.capture_frame(rtc.AudioFrame(frame.tobytes(), WIRE_RATE, 1, len(frame)))
