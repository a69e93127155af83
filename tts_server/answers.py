"""Errors as OpenAI writes them: {"error": {message, type, param, code}}, with the status a client's retries rely on."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from tts_server.errors import EngineBroken, EngineFull, NothingSpoken, SpeechError, UnknownVoice, WrongLanguage

_TYPES = {401: "authentication_error", 429: "rate_limit_error"}
_CODES = {404: "not_found", 405: "method_not_allowed", 408: "request_timeout", 413: "request_too_large"}
# pydantic's name of a mistake -> OpenAI's code for it
_MISTAKES = {
    "missing": "missing_required_parameter",
    "string_too_long": "string_above_max_length",
    "string_too_short": "empty_string",
    "json_invalid": "invalid_json",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An error, ready to be sent whole or as an event of a stream."""

    status: int
    message: str
    code: str
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def error(self) -> dict[str, object]:
        kind = _TYPES.get(self.status, "server_error" if self.status >= 500 else "invalid_request_error")
        return {"message": self.message, "type": kind, "param": self.param, "code": self.code}

    def response(self) -> Response:
        body = json.dumps({"error": self.error}, ensure_ascii=False).encode("utf-8", "replace")
        return Response(body, self.status, dict(self.headers), "application/json")


UNAUTHORIZED = Answer(401, "wrong or missing API key", "invalid_api_key", headers={"WWW-Authenticate": "Bearer"})
BUG = Answer(
    500, "the server made a mistake; the operator finds it in the log by this answer's x-request-id", "internal_error"
)


def of_speech(error: SpeechError) -> Answer:
    """Waiting helps: 429. Another request helps: 400. The operator helps: 503."""
    match error:
        case EngineFull():
            wait = {"Retry-After": str(max(1, math.ceil(error.retry_after_s)))}
            return Answer(429, str(error), "rate_limit_exceeded", headers=wait)
        case EngineBroken():
            return Answer(503, str(error), "engine_broken", headers={"Retry-After": "1"})
        case UnknownVoice():
            return Answer(400, str(error), "invalid_voice", "voice")
        case WrongLanguage():
            return Answer(400, str(error), "invalid_language", "language")
        case NothingSpoken():
            return Answer(400, str(error), "nothing_to_speak", "input")
        case _:
            return BUG


def of_mistakes(mistakes: Sequence[Mapping[str, Any]]) -> Answer:
    """pydantic's mistakes; the first names param and code. What was sent is not repeated: it may be personal."""
    first = mistakes[0]
    path = [str(part) for part in first["loc"] if part != "body"]
    param = path[0] if path and first["type"] != "json_invalid" else None
    words = "; ".join(f"{_where(mistake)}: {mistake['msg']}" for mistake in mistakes[:5])
    return Answer(400, words, _MISTAKES.get(first["type"], "invalid_value"), param)


def of_http(error: HTTPException) -> Answer:
    code = _CODES.get(error.status_code, "invalid_request")
    return Answer(error.status_code, str(error.detail), code, headers=error.headers or {})


def _where(mistake: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in mistake["loc"] if part != "body") or "body"
