"""The house's own configuration in a folder of a test's own, with a line that may call the double's numbers at any
hour: the guards are in force, and the test runs at night too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support import house_config

CARRIER = "local"
CALLER_ID = "+15550100001"


def write(folder: Path, **outbound: Any) -> Path:
    """The path of the file; `outbound` are keys of the line "clinic"."""
    found = house_config.shipped()
    found["carriers"] = {
        CARRIER: {"provider": "sip", "address": "sip.example.com", "allowed_addresses": ["127.0.0.0/8"]}
    }
    allowed = {"caller_id": CALLER_ID, "countries": ["US", "GB"], "hours": "00:00-23:59", "transactional": True}
    found["lines"]["clinic"] |= {"carrier": CARRIER, "outbound": allowed | outbound}
    return house_config.write(folder, found)
