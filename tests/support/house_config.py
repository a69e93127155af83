"""The shipped configuration in a folder of a test's own, without recordings unless it wants them: no call is slower for
a notice, or needs Egress and a bucket, that is not about them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from local.paths import CALL_CENTER


def shipped(mode: str = "off") -> dict[str, Any]:
    """What config/callcenter.yaml says, every line with this policy of recording."""
    found: dict[str, Any] = yaml.safe_load(CALL_CENTER.read_text())
    for having in (found, *(line for line in found["lines"].values() if "policy" in line)):
        having.setdefault("policy", {})["recording"] = {"mode": mode}
    return found


def write(folder: Path, config: dict[str, Any]) -> Path:
    """The path of the file, its personas beside it."""
    shutil.copytree(CALL_CENTER.parent / "personas", folder / "personas")
    path = folder / "callcenter.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path


def unrecorded(folder: Path) -> Path:
    """The path of the shipped configuration with no recordings."""
    return write(folder, shipped())
