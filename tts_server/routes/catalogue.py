"""What there is to choose from: GET /v1/voices, GET /v1/models."""

from __future__ import annotations

from fastapi import APIRouter

from tts_server.engines.port import Engine
from tts_server.voices import Voices


def routes(engines: tuple[Engine, ...], voices: Voices) -> APIRouter:
    router = APIRouter()
    names: dict[str, list[str]] = {}
    for name, voice in voices.openai_names.items():
        names.setdefault(voice.id, []).append(name)

    @router.get("/v1/voices")
    async def list_voices() -> dict[str, object]:
        """Every voice with its languages; `also_called` are OpenAI's names that lead to it,
        `voices` every name that a request may use."""
        data = [
            {
                "id": voice.id,
                "object": "voice",
                "engine": voice.engine,
                "languages": voice.languages,
                "description": voice.description,
                "also_called": names.get(voice.id, []),
            }
            for voice in voices.all
        ]
        return {"object": "list", "data": data, "voices": voices.names}

    @router.get("/v1/models")
    async def list_models() -> dict[str, object]:
        """The engines. `model` of a speech request may be any name; the voice decides."""
        data = [{"id": engine.name, "object": "model", "created": 0, "owned_by": "switchboard"} for engine in engines]
        return {"object": "list", "data": data}

    return router
