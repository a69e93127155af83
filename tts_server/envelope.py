"""How audio travels: bare (`stream_format: audio`) or as server-sent events (`sse`)."""

from __future__ import annotations

import base64
import json
from typing import Literal, Protocol

from tts_server.audio.encode import CONTENT_TYPES, Format

StreamFormat = Literal["audio", "sse"]
# Tokens are how OpenAI bills; nothing is billed here. Round numbers of our own, so that `usage` grows with the work.
_CHARACTERS_PER_TOKEN = 4
_TOKENS_PER_SECOND = 20


class Envelope(Protocol):
    @property
    def content_type(self) -> str: ...

    def wrap(self, audio: bytes) -> bytes: ...

    def end(self, characters: int, seconds: float) -> bytes:
        """What follows the last audio of a speech that came to its end."""
        ...

    def failed(self, error: dict[str, object]) -> bytes | None:
        """What tells of a failure in mid-speech; None: only breaking off can tell it."""
        ...


class Bare:
    def __init__(self, format: Format) -> None:
        self.content_type = CONTENT_TYPES[format]

    def wrap(self, audio: bytes) -> bytes:
        return audio

    def end(self, characters: int, seconds: float) -> bytes:  # noqa: ARG002 - the envelope's signature
        return b""

    def failed(self, error: dict[str, object]) -> bytes | None:  # noqa: ARG002 - the envelope's signature
        return None


class Sse:
    """OpenAI's events: speech.audio.delta (base64 of the response format's bytes), speech.audio.done with usage."""

    content_type = "text/event-stream; charset=utf-8"

    def wrap(self, audio: bytes) -> bytes:
        return _event({"type": "speech.audio.delta", "audio": base64.b64encode(audio).decode()})

    def end(self, characters: int, seconds: float) -> bytes:
        heard, said = -(-characters // _CHARACTERS_PER_TOKEN), round(seconds * _TOKENS_PER_SECOND)
        usage = {"input_tokens": heard, "output_tokens": said, "total_tokens": heard + said}
        return _event({"type": "speech.audio.done", "usage": usage})

    def failed(self, error: dict[str, object]) -> bytes | None:
        return _event({"type": "error", "error": error})


def envelope_for(stream_format: StreamFormat, format: Format) -> Envelope:
    return Sse() if stream_format == "sse" else Bare(format)


def _event(data: dict[str, object]) -> bytes:
    return b"data: " + json.dumps(data, separators=(",", ":")).encode() + b"\n\n"
