"""docs/tasks/speech-server.md is where an operator looks: what is not in it does not exist for him."""

from __future__ import annotations

from pathlib import Path

from ops.settings import variables
from tts_server import settings
from tts_server.metrics import Metrics

_PAGE = (Path(__file__).parents[3] / "docs/tasks/speech-server.md").read_text(encoding="utf-8")


def test_every_variable_is_on_the_page() -> None:
    models = (settings.Server, settings.Engines, settings.Limits, settings.Logs)
    missing = [name for model in models for name in variables(model) if f"`{name}`" not in _PAGE]
    assert missing == []


def test_every_metric_is_on_the_page() -> None:
    kinds = {"counter": "_total"}
    names = [metric.name + kinds.get(metric.type, "") for metric in Metrics().registry.collect()]
    assert len(names) >= 7
    assert [name for name in names if f"`{name}`" not in _PAGE] == []
