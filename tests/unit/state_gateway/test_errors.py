"""One shape for every "no": the words a client programs against are all on one list."""

from __future__ import annotations

import json
import re
from pathlib import Path

from state_gateway.errors import CODES, Refused, answer, unknown_outcome

_PACKAGE = Path(__file__).parents[3] / "state_gateway"
_REFUSED = re.compile(r'Refused\(\s*(\d{3}),\s*"([a-z_]+)"')


def test_every_code_is_on_the_list_with_its_status() -> None:
    """A code that only its own line knows is one that no client can be told of."""
    used = {match for path in _PACKAGE.rglob("*.py") for match in _REFUSED.findall(path.read_text())}
    assert len(used) > 20
    assert sorted(code for status, code in used if status not in CODES.get(code, "")) == []


def test_no_code_on_the_list_is_unused() -> None:
    text = "".join(path.read_text() for path in _PACKAGE.rglob("*.py"))
    assert [code for code in CODES if text.count(f'"{code}"') < 2 and code != "busy"] == []


def test_the_shape() -> None:
    response = answer(Refused(429, "rate_limited", "slower", retry_after_s=0.2))
    assert json.loads(bytes(response.body)) == {"error": "slower", "code": "rate_limited"}
    assert response.headers["retry-after"] == "1"  # whole seconds, and never 0: that would mean "at once"


def test_401_says_how_to_come_in() -> None:
    assert answer(Refused(401, "unauthorized", "no")).headers["www-authenticate"] == "Bearer"


def test_unknown_outcome_may_be_told_from_down() -> None:
    """Both are 503; only one of them may be repeated blindly."""
    assert "may have been executed" in unknown_outcome().message
