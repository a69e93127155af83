"""Writes docs/environment.md and docs/metrics.md from the code, or with --check says whether they still agree.

python -m tests.support.tables [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase
from pydantic import SecretStr
from pydantic.fields import FieldInfo

import agent.metrics as agent_metrics
import agent.settings as agent_settings
import control.metrics as control_metrics
import control.settings as control_settings
import recording.settings as recording_settings
import sip.settings as sip_settings
import state_gateway.metrics as gateway_metrics
import state_gateway.settings as gateway_settings
import tts_server.metrics as tts_metrics
import tts_server.settings as tts_settings
from ops.settings import Settings, variables

_DOCS = Path(__file__).parents[2] / "docs"
_NOTE = "<!-- Written by `make fix` from the code: change it there. -->\n"


def environment() -> str:
    """Every name of the environment, by service."""
    lines = [
        "# The environment\n",
        _NOTE,
        "Wiring and secrets only; what the call centre does is in `config/callcenter.yaml`. Booleans are `true` or",
        "`false`. A secret NAME may also be given as NAME_FILE, the path of a file that holds it. Every mistake is",
        "listed at the start, exit code 2.\n",
    ]
    for title, models in (
        ("Agent (`agent/main.py`)", agent_settings.MODELS),
        ("Speech server (`tts_server/main.py`)", tts_settings.MODELS),
        ("Control (`control/main.py`)", control_settings.MODELS),
        ("State gateway (`state_gateway/main.py`)", gateway_settings.MODELS),
        ("Telephone lines (`python -m sip`)", sip_settings.MODELS),
        ("Recordings (`python -m recording`)", recording_settings.MODELS),
    ):
        lines += [f"## {title}\n", "| name | default | what it is |", "|---|---|---|"]
        lines += _rows(models)
        lines.append("")
    return "\n".join(lines)


def _rows(models: Mapping[str, type[Settings]]) -> list[str]:
    return [
        f"| {name} | {_default(field)} | {field.description or ''} |"
        for model in models.values()
        for name, field in variables(model).items()
    ]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "none: needed"
    value = field.default
    if isinstance(value, SecretStr):
        return "secret"
    if value is None or value == "":
        return "secret" if "Secret" in str(field.annotation) else ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def metrics() -> str:
    """Every metric with its help text."""
    lines = [
        "# Metrics\n",
        _NOTE,
        "## Agent (`METRICS_PORT`)\n",
        "| name | type | labels | what it counts |",
        "|---|---|---|---|",
    ]
    ours = [m for m in vars(agent_metrics).values() if isinstance(m, MetricWrapperBase)]
    lines += sorted(_metric(m) for m in ours)
    for title, page in (
        ("Speech server", tts_metrics.Metrics()),
        ("Control", control_metrics.Metrics()),
        ("State gateway", gateway_metrics.Metrics()),
    ):
        lines += [f"\n## {title} (`GET /metrics`)\n", "| name | type | labels | what it counts |", "|---|---|---|---|"]
        lines += sorted(_metric(m) for m in vars(page).values() if isinstance(m, MetricWrapperBase))
    return "\n".join([*lines, ""])


def _metric(metric: MetricWrapperBase) -> str:
    found = next(iter(metric.describe()))
    labels = ", ".join(metric._labelnames)
    return f"| {found.name} | {found.type} | {labels} | {found.documentation.replace('|', '/')} |"


def _differing(pages: Mapping[str, str]) -> Iterable[str]:
    for name, text in pages.items():
        path = _DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield name


def main(arguments: list[str]) -> int:
    pages = {"environment.md": environment(), "metrics.md": metrics()}
    differing = list(_differing(pages))
    if "--check" in arguments:
        for name in differing:
            sys.stderr.write(f"docs/{name} is out of step with the code: make fix\n")
        return bool(differing)
    for name in differing:
        (_DOCS / name).write_text(pages[name], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
