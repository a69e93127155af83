"""What `doctor` finds is on the page, and nothing else."""

from __future__ import annotations

import re

from sip.doctor.table import OF_LIVEKIT, OTHERS
from tests.support.house import ROOT


def test_every_finding_has_its_row() -> None:
    page = (ROOT / "docs" / "tasks" / "twilio.md").read_text()
    table = page.partition("| finding |")[2].partition("\n\n")[0]
    rows = {name for row in table.splitlines()[2:] for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])}
    assert rows == {*OF_LIVEKIT, *OTHERS}
