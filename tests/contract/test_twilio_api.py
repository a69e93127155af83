"""What the client sends and what the stand-in answers is in the API that Twilio publishes (tests/contract/twilio/):
paths, parameters and their values, statuses, names and types of what comes back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sip.settings import Credentials
from sip.twilio.wire import Answer, HttpWire, Request
from tests.support.a_twilio import ENVIRONMENT, NUMBERS, Town, a_carrier, a_town

API = json.loads((Path(__file__).parent / "twilio/api.json").read_text())["paths"]
ROUTES = {re.compile(re.sub(r"\\{\w+\\}", r"\\w+", re.escape(path))): path for path in API}
TYPES = {str: "string", bool: "boolean", int: "integer", list: "array", dict: "object", type(None): "null"}
OTHER = Credentials("meadow", "An0ther-Passw0rd")


def faults(request: Request, answer: Answer) -> list[str]:
    path, _, query = request.path.partition("?")
    (route,) = [found for pattern, found in ROUTES.items() if pattern.fullmatch(path)]
    published, where = API[route].get(request.method.lower()), f"{request.method} {route}"
    if published is None:
        return [f"{where}: no such method"]
    form = published.get("form", {})
    found = [f"{where}: {name} is missing" for name in published.get("required", ()) if name not in request.form]
    found += [f"{where}: {fault}" for name, value in request.form.items() if (fault := _wrong(form, name, value))]
    for name, value in (pair.split("=") for pair in query.split("&") if pair):
        found += [f"{where}: {fault}"] if (fault := _wrong(published.get("query", {}), name, value)) else []
    if str(answer.status) not in published["answers"]:
        return [*found, f"{where}: no such status {answer.status}"]
    names = published["answers"][str(answer.status)]
    return [*found, *(f"{where}: {fault}" for fault in (_unlike(answer.body, names) if names else ()))]


def _wrong(form: Mapping[str, Any], name: str, value: str) -> str | None:
    rule = form.get(name)
    if rule is None:
        return f"no such parameter {name}"
    if value not in rule.get("enum", [value]):
        return f"{name} cannot be {value}"
    if rule["type"] == "boolean" and value not in ("true", "false"):
        return f"{name} is true or false"
    if rule["type"] == "integer" and not rule.get("minimum", 0) <= int(value) <= rule.get("maximum", 65535):
        return f"{name} is out of bounds"
    return None


def _unlike(body: Mapping[str, Any], names: Mapping[str, Any], where: str = "") -> list[str]:
    found: list[str] = []
    for name, value in body.items():
        known = names.get(name)
        if known is None:
            found.append(f"no such name {where}{name}")
        elif isinstance(known, list):
            found += [fault for each in value for fault in _unlike(each, known[0], f"{name}[].")]
        elif isinstance(known, dict):
            found += _unlike(value, known, f"{name}.")
        elif known != "any" and TYPES[type(value)] not in known.split("/"):
            found.append(f"{where}{name} is no {known}")
    return found


async def _a_life(town: Town) -> None:
    """Everything that a step can do: made, changed, put right, moved, undone."""
    numbers = {"desk": NUMBERS[:1]}
    await town.apply()
    await town.apply(a_carrier("desk", secure=True, sip_addresses=("x.example.com",)), login=OTHER)
    town.trunk.recording, town.trunk.transfer_mode = "record-from-ringing", "sip-only"
    next(iter(town.trunk.origins.values())).weight = 3
    again = Credentials(OTHER.name, "A-third-Passw0rd")
    await town.apply(a_carrier("desk", sip_addresses=("x.example.com",)), login=again, numbers=numbers)
    await town.apply(a_carrier("desk", sip_addresses=("x.example.com",)), destroy=True)


async def test_both_sides_keep_to_the_published_api(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    found: set[str] = set()
    routes: set[str] = set()
    send = HttpWire.send

    async def watched(self: HttpWire, request: Request, timeout_s: float) -> Answer:
        answer = await send(self, request, timeout_s)
        found.update(faults(request, answer))
        routes.add(f"{request.method} {re.sub('[A-Z]{2}[0-9a-f]{32}', '*', request.path.partition('?')[0])}")
        return answer

    monkeypatch.setattr(HttpWire, "send", watched)
    async with a_town() as town:
        await _a_life(town)
        assert not town.account.trunks and not town.account.lists
    assert not found
    assert len(routes) == 22, "a step that this life does not take"


@pytest.mark.parametrize(
    ("request_", "status", "body"),
    [
        (Request("POST", "/v1/Trunks", {"Name": "x"}), 201, {}),
        (Request("POST", "/v1/Trunks", {"TransferMode": "enable"}), 201, {}),
        (Request("POST", "/v1/Trunks/TK1/OriginationUrls", {"SipUrl": "sip:x"}), 201, {}),
        (Request("GET", "/v1/Trunks?PageSize=5000"), 200, {}),
        (Request("GET", "/v1/Trunks"), 204, {}),
        (Request("GET", "/v1/Trunks"), 200, {"trunks": [{"secure": "no"}]}),
        (Request("GET", "/v1/Trunks"), 200, {"trunks": [{"password": "x"}]}),
        (Request("PUT", "/v1/Trunks"), 200, {}),
    ],
)
def test_a_fault_is_seen(request_: Request, status: int, body: dict[str, Any]) -> None:
    assert faults(request_, Answer(status, body))
