"""POST /v1/audio/speech, to OpenAI's shape (openai-python 3.52.0, types/audio/speech_create_params.py)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tts_server.audio.encode import Format
from tts_server.engines.port import SpeechRequest
from tts_server.envelope import StreamFormat
from tts_server.speech_response import Service, Shape, SpeechResponse
from tts_server.text import clean
from tts_server.voices import Voices, language_for

LONGEST_INPUT = 4096  # characters: OpenAI's limit


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


class VoiceRef(BaseModel):
    id: str = Field(min_length=1, max_length=128)


class SpeechBody(BaseModel):
    """Unknown keys are let through: clients of OpenAI's newer versions send more."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(min_length=1, max_length=256, description="any name: the voice decides who speaks")
    input: Annotated[str, AfterValidator(_not_blank)] = Field(min_length=1, max_length=LONGEST_INPUT)
    voice: Annotated[str, Field(min_length=1, max_length=128)] | VoiceRef
    instructions: str | None = Field(default=None, description="accepted; the engines here have no use for it")
    response_format: Format = "mp3"
    speed: float = Field(default=1.0, ge=0.25, le=4.0, allow_inf_nan=False)
    stream_format: StreamFormat = "audio"
    language: str | None = Field(default=None, max_length=35, description="BCP 47, ours: for voices that speak several")


def routes(service: Service, voices: Voices) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/audio/speech", response_class=Response)
    async def speech(body: SpeechBody, request: Request) -> SpeechResponse:
        voice = voices.find(body.voice if isinstance(body.voice, str) else body.voice.id)
        spoken = SpeechRequest(
            request_id=request.state.request_id,
            text=clean(body.input),
            voice=voice,
            speed=body.speed,
            language=language_for(voice, body.language),
        )
        return SpeechResponse(service, spoken, Shape(body.response_format, body.stream_format))

    return router
