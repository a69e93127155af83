"""Which error is which answer."""

from __future__ import annotations

import json

import pytest

from tts_server import answers
from tts_server.errors import EngineBroken, EngineFull, NothingSpoken, SpeechError, UnknownVoice, WrongLanguage


@pytest.mark.parametrize(
    ("error", "status", "kind", "retry"),
    [
        (EngineFull(0.2), 429, "rate_limit_error", "1"),
        (EngineFull(2.1), 429, "rate_limit_error", "3"),
        (EngineBroken("e", "w"), 503, "server_error", "1"),
        (UnknownVoice(("a",)), 400, "invalid_request_error", None),
        (WrongLanguage("v", ("en",)), 400, "invalid_request_error", None),
        (NothingSpoken("v"), 400, "invalid_request_error", None),
        (SpeechError("new and unnamed"), 500, "server_error", None),
    ],
)
def test_the_status_says_whether_to_come_back(error: SpeechError, status: int, kind: str, retry: str | None) -> None:
    """Retry-After is whole seconds, rounded up: clients read it as an integer, and 0 would mean at once."""
    answer = answers.of_speech(error)
    response = answer.response()
    assert (response.status_code, response.headers.get("retry-after")) == (status, retry)
    body = json.loads(bytes(response.body))["error"]
    assert body["type"] == kind
    assert set(body) == {"message", "type", "param", "code"}


def test_what_was_sent_is_not_repeated() -> None:
    """An error may be logged by the client; the text may be personal."""
    mistake = {"type": "string_too_long", "loc": ("body", "input"), "msg": "too long", "input": "my name is Ada"}
    answer = answers.of_mistakes([mistake])
    assert (answer.param, answer.code) == ("input", "string_above_max_length")
    assert "Ada" not in answer.message
