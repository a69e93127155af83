"""The schema that editors use is the one the code would write, and agrees with the loader on what ships."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from config import schema

CONFIG = Path(__file__).parents[3] / "config"


def test_the_schema_is_up_to_date() -> None:
    """Changing config/shape.py without `python -m config.schema` fails here."""
    assert schema.main(["--check"]) == 0


def test_drift_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """--check fails on an old file, says what to run and leaves the file alone."""
    old = tmp_path / "callcenter.schema.json"
    old.write_text("{}")
    monkeypatch.setattr(schema, "TARGET", old)
    assert schema.main(["--check"]) == 1
    assert "python -m config.schema" in capsys.readouterr().err
    assert old.read_text() == "{}"
    assert schema.main([]) == 0
    assert schema.main(["--check"]) == 0


def test_what_ships_is_valid_and_points_to_the_schema() -> None:
    """An editor shows no squiggle in callcenter.yaml, and finds the schema by its first line."""
    text = (CONFIG / "callcenter.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=./callcenter.schema.json\n")
    validator = jsonschema.Draft202012Validator(json.loads(schema.text()))
    validator.validate(yaml.safe_load(text))
    with pytest.raises(jsonschema.ValidationError, match="greting"):
        validator.validate(
            yaml.safe_load(text.replace("    persona: clinic-rec", "    greting: x\n    persona: clinic-rec"))
        )
