"""The YAML that the pages show is YAML that works."""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path

import pytest
import yaml

from config import load
from tests.support.house import ROOT

_BLOCK = re.compile(r"^( *)```yaml\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_BASE = yaml.safe_load((ROOT / "config" / "callcenter.yaml").read_text())
_USUAL = {
    "practice": _BASE["practice"],
    "voices": _BASE["voices"],
    "carriers": {"phone": {"provider": "sip", "address": "sip.example.com", "allowed_addresses": ["192.0.2.0/24"]}},
}


def _blocks() -> list[tuple[str, str]]:
    """Those that have lines or carriers, with the page's name."""
    found = []
    for page in ("lines.md", "twilio.md", "outbound-calls.md"):
        for _, text in _BLOCK.findall((ROOT / "docs" / "tasks" / page).read_text()):
            if re.search(r"^ *(lines|carriers):", text, re.MULTILINE):
                found.append((page, textwrap.dedent(text)))
    return found


@pytest.mark.parametrize(("page", "text"), _blocks(), ids=lambda each: each.split("\n")[0])
def test_what_a_page_shows_of_a_line_loads(page: str, text: str, tmp_path: Path) -> None:
    """With the rest of the shipped file around it."""
    shutil.copytree(ROOT / "config" / "personas", tmp_path / "personas")
    (tmp_path / "callcenter.yaml").write_text(yaml.safe_dump(_USUAL | yaml.safe_load(text)))
    assert load.load(tmp_path / "callcenter.yaml", known_tools=None).lines


def test_there_are_blocks_to_look_at() -> None:
    assert len(_blocks()) >= 5
