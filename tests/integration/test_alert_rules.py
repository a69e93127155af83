"""An alert that cannot fire is worse than none: each is checked by promtool, has a case in which it fires, asks for
metrics that a service has, and names a page that says what to do."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.promtool import NoPromtoolError, promtool
from tests.support.house import ROOT
from tests.support.metric_names import samples

FOLDER = ROOT / "infra/prometheus"
RULES = sorted((FOLDER / "rules").glob("*.yaml"))
CASES = sorted((FOLDER / "tests").glob("*.yaml"))


@pytest.fixture(scope="module")
def tool() -> Path:
    try:
        return promtool()
    except NoPromtoolError as error:
        pytest.skip(str(error))


def run(tool: Path, *arguments: str | Path) -> tuple[int, str]:
    done = subprocess.run(
        [tool, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout


def rules() -> Iterator[Mapping[str, Any]]:
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from group["rules"]


def alerts() -> list[Mapping[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def test_promtool_finds_the_rules_in_order(tool: Path) -> None:
    """Prometheus would load them."""
    code, said = run(tool, "check", "rules", *RULES)
    assert code == 0, said
    assert "SUCCESS" in said


def test_each_alert_fires_when_it_should_and_not_just_before(tool: Path) -> None:
    """The cases of infra/prometheus/tests, evaluated by Prometheus' own engine."""
    code, said = run(tool, "test", "rules", *CASES)
    assert code == 0, said


def test_a_wrong_threshold_is_found(tool: Path, tmp_path: Path) -> None:
    """The cases have teeth: with 800 ms where 500 is meant, they fail."""
    for folder in ("rules", "tests"):
        (tmp_path / folder).mkdir()
    text = (FOLDER / "rules/state.yaml").read_text()
    old = '{route!~"/storage/.*"}[5m]))) > 0.5'
    assert old in text
    (tmp_path / "rules/state.yaml").write_text(text.replace(old, old.replace("0.5", "0.8")))
    (tmp_path / "tests/state.yaml").write_text((FOLDER / "tests/state.yaml").read_text())
    code, said = run(tool, "test", "rules", tmp_path / "tests/state.yaml")
    assert code == 1
    assert "GatewaySlow" in said


def test_every_alert_has_a_case_in_which_it_fires() -> None:
    """A new alert without one is found here."""
    fired = {
        case["alertname"]
        for path in CASES
        for test in yaml.safe_load(path.read_text())["tests"]
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }
    assert {alert["alert"] for alert in alerts()} == fired


def test_every_metric_and_label_in_a_rule_is_one_of_ours() -> None:
    """A metric that was renamed would leave its alert silent for ever."""
    known = samples() | {rule["record"]: () for rule in rules() if "record" in rule}
    for rule in rules():
        name = rule.get("alert") or rule["record"]
        used = re.findall(r"\b((?:gateway|control|switchboard)[_:][\w:]+|up\b)(?:\{([^}]*)\})?", rule["expr"])
        assert used, name
        for metric, selector in used:
            assert metric in known, f"{name}: no service has a metric {metric}"
            labels = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector)
            assert set(labels) <= set(known[metric]), f"{name}: {metric} has no label {labels}"
        grouped = {label.strip() for by in re.findall(r"by \(([^)]*)\)", rule["expr"]) for label in by.split(",")}
        assert grouped <= {label for metric, _ in used for label in known[metric]}, f"{name}: {grouped}"


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    """Somebody is woken: the page it names exists, and so does the heading in it."""
    for alert in alerts():
        assert alert["labels"]["severity"] in ("page", "ticket"), alert["alert"]
        page, _, anchor = alert["annotations"]["runbook"].partition("#")
        text = (ROOT / page).read_text()
        headings = {
            re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in re.findall(r"(?m)^#+ (.*)$", text)
        }
        assert not anchor or anchor in headings, f"{alert['alert']}: {page} has no heading for #{anchor}"
