"""Somebody follows a runbook at night: every page, heading, metric, variable and command that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent import settings as agent_settings
from control import settings as control_settings
from control.__main__ import main as control_command
from infra.cerebrium.deploy import SECRETS, secrets
from ops.settings import Settings, variables
from state_gateway import keys_command
from state_gateway import settings as gateway_settings
from state_gateway.storage.settings import StorageSettings
from tests.support.house import ROOT
from tests.support.metric_names import samples

PAGES = [
    *sorted((ROOT / "docs/runbooks").glob("*.md")),
    ROOT / "docs/tasks/cerebrium.md",
    ROOT / "docs/tasks/cost-per-call.md",
    ROOT / "docs/tasks/outbound-calls.md",
]
ids = [page.stem for page in PAGES]


def headings(page: Path) -> set[str]:
    found = re.findall(r"(?m)^#+ (.*)$", page.read_text())
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_its_links_lead_somewhere(page: Path) -> None:
    """Also to the heading behind the #."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in headings(file), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_its_metrics_and_files_exist(page: Path) -> None:
    """A renamed metric leaves a query that finds nothing, which at night looks like good news."""
    text = page.read_text()
    known = {name.removesuffix("_bucket") for name in samples()} | set(samples())
    for metric in re.findall(r"\b(?:gateway|control|switchboard)_[a-z_]+\b", text):
        assert metric in known, f"{page.name}: {metric}"
    for path in re.findall(r"(?<![\w./])((?:infra|config|agent|docs)/[\w/.-]+\.\w+)", text):
        assert (ROOT / path).exists(), f"{page.name}: {path}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_its_variables_are_read_by_somebody(page: Path) -> None:
    """Setting one that nobody reads changes nothing, and is found out last."""
    models: list[type[Settings]] = [
        *agent_settings.MODELS.values(),
        *control_settings.MODELS.values(),
        *gateway_settings.MODELS.values(),
        StorageSettings,
    ]
    known = {name for model in models for name in variables(model)}
    for name in re.findall(r"\b(?:STATE|AGENT|METRICS)_[A-Z_]+\b", page.read_text()):
        assert name in known or name.removesuffix("_FILE") in known, f"{page.name}: {name}"


def test_its_commands_are_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m control flags ...` and `python -m state_gateway keys ...`, as the pages write them."""
    text = "\n".join(page.read_text() for page in PAGES)
    flags = re.findall(r"python -m control flags ([a-z]+[^`\n#]*)", text)
    assert {line.split()[0] for line in flags} == {"rollback", "show", "set"}
    with pytest.raises(SystemExit) as asked:
        control_command(["flags", "set", "--default", "none", "--percent", "5", "--persona", "a=gateway", "--help"])
    assert asked.value.code == 0
    for line in re.findall(r"python -m state_gateway (keys [^`\n]*)", text):
        given = keys_command.arguments().parse_args(line.replace("<old id>", "0123abcd").split())
        assert given.command in ("mint", "revoke")
    assert "--persona" in capsys.readouterr().out


def test_every_secret_has_its_words() -> None:
    """secrets.txt is a table that people read: required or optional, nothing else."""
    rows = [line.split() for line in SECRETS.read_text().splitlines() if line and not line.startswith("#")]
    assert {row[1] for row in rows} == {"required", "optional"}
    assert len({row[0] for row in rows}) == len(rows) == len(secrets(SECRETS.read_text()))
