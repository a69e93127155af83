"""What the worker makes of its settings, and what it asks before it starts."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace

import pytest

from agent import settings, worker
from agent.build import App, build
from agent.errors import BadStart
from config.model import Line
from config.problems import Problem
from ops import logging


class Speech:
    """A speech server that lists these voices."""

    def __init__(self, voices: list[str] | None) -> None:
        self._voices = voices
        self.closed = False

    async def list_voices(self) -> list[str] | None:
        return self._voices

    async def aclose(self) -> None:
        self.closed = True


@dataclass(frozen=True)
class AppOf(App):
    voices: list[str] | None = None

    def tts(self, line: Line) -> Speech:  # type: ignore[override]
        return Speech(self.voices)


def _app(**variables: object) -> App:
    made = {name: model.model_validate(variables) for name, model in settings.MODELS.items()}
    return build(settings.Settings(**made))  # type: ignore[arg-type]


def _with_voices(voices: list[str] | None) -> App:
    app = _app()
    return AppOf(app.settings, app.call_center, voices=voices)


def test_the_operator_says_how_long_calls_may_last_after_a_stop() -> None:
    """Kubernetes kills after its own grace period: the worker must be told to end before that."""
    made = worker.server(_app(AGENT_DRAIN_S=90, LIVEKIT_URL="ws://localhost:7880"))
    assert made._drain_timeout == 90


def test_a_start_says_what_the_configuration_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    """Where to look, and what to write: a warning that nobody sees is none."""
    logging.configure("json", stream=sys.stderr)
    center = _app().call_center
    worker.tell_warnings(replace(center, warnings=[Problem("callcenter.yaml", 7, "lines.praxis", "No phrases in fr.")]))
    assert json.loads(capsys.readouterr().err).items() >= {
        ("level", "warning"), ("event", "configuration"), ("file", "callcenter.yaml"), ("path", "lines.praxis"),
        ("what", "No phrases in fr."),
    }  # fmt: skip


@pytest.mark.parametrize("voices", [None, []])
def test_a_server_that_names_no_voice_is_no_reason_not_to_start(
    voices: list[str] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server with an empty list has voices all the same (it loads them on demand): the worker ended with 2."""
    logging.configure("json", stream=sys.stderr)
    worker.check_voices(_with_voices(voices))
    assert ("names no voices" in capsys.readouterr().err) == (voices == [])


def test_a_voice_that_is_not_in_the_list_is() -> None:
    with pytest.raises(BadStart, match="has no voice"):
        worker.check_voices(_with_voices(["somebody-else"]))
