"""/v1/calls as a client sees it: what is wrong is said in one shape, and nothing wrong is dialled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from calls.outbound import DialState
from calls.permits import OptOut
from control.routes.calls import LARGEST, routes
from tests.support.a_dialler import World, at
from tests.support.outbound import CALLEE, NOON, OTHER

KEY = "a-key-of-twenty-letters-or-more"
BODY = {"to": CALLEE, "line": "clinic"}
REMINDER = {**BODY, "persona": "clinic-reminder"}
DATA = {"patient_name": "Ann Lee", "day": "Tuesday", "time": "half past ten"}
KEYS = "1234567890" * 100  # a thousand, as somebody who looks for a hole sends them


class Client:
    def __init__(self) -> None:
        self.world = World()
        self.calling = self.world.replica()
        self._client = TestClient(Starlette(routes=routes(self.calling.orders, KEY)))

    def post(self, body: Any, key: str | None = "order-1", **headers: str) -> Any:
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        known = {"authorization": f"Bearer {KEY}"} | ({"idempotency-key": key} if key is not None else {})
        return self._client.post("/v1/calls", content=content, headers=known | headers)

    def ask(self, method: str, path: str, key: str = KEY) -> Any:
        return self._client.request(method, path, headers={"authorization": f"Bearer {key}"})


@pytest.fixture
def client() -> Iterator[Client]:
    yield Client()


def test_an_order_is_taken_once(client: Client) -> None:
    """201, then 200 with the same call; another order under the same key is a mistake, and said to be one."""
    made = client.post({**BODY, "purpose": "reminder", "max_duration_s": 120, "not_before": at(600)})
    assert made.status_code == 201
    call = made.json()
    assert made.headers["location"] == f"/v1/calls/{call['id']}"
    assert (call["state"], call["to"], call["line"], call["persona"]) == (
        *("queued", CALLEE, "clinic", "clinic-receptionist"),
    )
    assert (call["max_duration_s"], call["not_before"]) == (120.0, "2026-09-22T12:10:00.000Z")
    again = client.post({**BODY, "purpose": "reminder", "max_duration_s": 120, "not_before": at(600)})
    assert (again.status_code, again.json()) == (200, call)
    other = client.post({**BODY, "to": OTHER})
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert client.ask("GET", f"/v1/calls/{call['id']}").json() == call
    assert [each["id"] for each in client.ask("GET", "/v1/calls?state=open").json()["calls"]] == [call["id"]]


def test_a_persona_has_its_data(client: Client) -> None:
    """What the bad orders below differ from."""
    assert client.post({**REMINDER, "data": DATA}).status_code == 201


def test_a_repeat_is_answered_where_a_new_order_would_be_refused(client: Client) -> None:
    """The answer was lost, and meanwhile they have opted out: the client learns of the call it ordered."""
    made = client.post(BODY)
    client.world.permits._opted_out[CALLEE] = OptOut(CALLEE, NOON, "voice")
    assert client.post(BODY).json() == made.json()
    assert client.post(BODY, key="order-2").status_code == 403


@pytest.mark.parametrize(
    ("body", "code"),
    [
        *(("", "bad_request"), ("{", "bad_request"), ("[]", "bad_request"), ("null", "bad_request")),
        *(({}, "bad_request"), ({**BODY, "to": 44}, "bad_request"), ({**BODY, "to": "+4" * 40}, "bad_request")),
        *(({**BODY, "evil": 1}, "bad_request"), ({**BODY, "max_duration_s": 5}, "bad_request")),
        *(
            ({**BODY, "max_duration_s": "60"}, "bad_request"),
            ('{"to":"x","line":"y","max_duration_s":NaN}', "bad_request"),
        ),
        *(({**BODY, "not_before": "2026-09-22T12:00"}, "bad_request"), ({**BODY, "not_before": "soon"}, "bad_request")),
        *(({**BODY, "purpose": "a\nb"}, "bad_request"), ({**BODY, "data": {"x": 1}}, "bad_request")),
        *(({**BODY, "data": {"x": "y"}}, "bad_data"), ({**BODY, "line": "nobody"}, "unknown_line")),
        *(({**BODY, "persona": "nobody"}, "unknown_persona"), ({**BODY, "not_before": at(1e7)}, "too_far_ahead")),
        *(({**BODY, "to": f"{CALLEE},,{KEYS}"}, "bad_request"), ({**BODY, "purpose": KEYS}, "bad_request")),
        *(
            ({**REMINDER, "data": DATA | {"patient_name": KEYS}}, "bad_data"),
            ({**BODY, "data": {KEYS: "1"}}, "bad_request"),
        ),
        ({**REMINDER, "data": DATA | {"patient_name": KEYS * 3}}, "bad_request"),
        *(({**BODY, "webhook": "https://evil.example/"}, "bad_webhook"), (b"\xff\xfe", "bad_request")),
    ],
)
def test_what_is_wrong_is_said_without_repeating_it(client: Client, body: Any, code: str) -> None:
    answer = client.post(body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json().keys() == {"error", "code"}
    assert "evil" not in answer.json()["error"].replace("evil: Extra", "")


@pytest.mark.parametrize("key", [None, "", "a" * 201, "a b", "a\x7f"])
def test_without_a_key_for_repeats_nothing_is_taken(client: Client, key: str | None) -> None:
    """Whoever cannot repeat safely will call somebody twice."""
    answer = client.post(BODY, key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "no_key")


@pytest.mark.parametrize("said", ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {KEY}", KEY, f"Bearer {KEY}x"])
def test_only_who_has_the_key_is_heard(client: Client, said: str) -> None:
    answer = client.post(BODY, authorization=said)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert client.ask("GET", "/v1/calls", key="wrong").status_code == 401
    assert client.ask("DELETE", "/v1/calls/x", key="wrong").status_code == 401


def test_without_a_key_in_its_settings_the_api_is_off_and_says_so() -> None:
    """Not open to everybody, and no riddle either."""
    for orders, key in ((None, ""), (None, KEY), (World().replica().orders, "")):
        off = TestClient(Starlette(routes=routes(orders, key)))
        answer = off.post("/v1/calls", headers={"authorization": "Bearer "})
        assert (answer.status_code, answer.json()["code"]) == (404, "off")
        assert "CONTROL_API_KEY" in answer.json()["error"]


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        *(("sip:x@evil.example", "invalid"), ("+442079460123\r\nX-Evil: 1", "invalid"), ("+٤٤٢٠٧٩٤٦٠١٢٣", "invalid")),
        *(
            ("+19005550123", "premium"),
            ("999", "emergency"),
            ("+33612345678", "country"),
            ("+870773111632", "satellite"),
        ),
    ],
)
def test_a_refusal_has_its_word_and_its_sentence_and_is_in_the_audit(client: Client, to: str, reason: str) -> None:
    answer = client.post({**BODY, "to": to})
    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (403, "refused", reason)
    assert to not in answer.text
    assert client.world.permits.reasons == [reason]
    assert client.world.metrics.registry.get_sample_value("control_outbound_refused_total", {"reason": reason}) == 1


def test_a_line_that_may_not_call(client: Client) -> None:
    answer = client.post({**BODY, "line": "after-hours"})
    assert (answer.status_code, answer.json()["reason"]) == (403, "line")


async def test_too_many_and_too_soon(client: Client) -> None:
    """429 with a pause where the line has had its hour, 409 where they are on a call."""
    await client.world.permits.take("outbound:hour:clinic", 100.0, 100.0, 3600.0)
    answer = client.post(BODY)
    assert (answer.status_code, answer.json()["reason"]) == (429, "velocity")
    assert int(answer.headers["retry-after"]) > 0


def test_a_body_that_is_too_large_is_not_read(client: Client) -> None:
    answer = client.post(json.dumps({**BODY, "purpose": "x" * LARGEST}))
    assert (answer.status_code, answer.json()["code"]) == (413, "bad_request")


def test_a_store_that_is_down_is_503_and_no_yes(client: Client) -> None:
    client.world.calls.is_down = True
    for answer in (client.post(BODY), client.ask("GET", "/v1/calls"), client.ask("DELETE", "/v1/calls/call-1")):
        assert (answer.status_code, answer.json()["code"]) == (503, "store_down")
        assert answer.headers["retry-after"]


def test_what_there_is_not(client: Client) -> None:
    for call_id in ("unknown", "..", "%2e%2e%2fetc", "a" * 200, "call:1"):
        assert client.ask("GET", f"/v1/calls/{call_id}").status_code in (404, 405)
        assert client.ask("DELETE", f"/v1/calls/{call_id}").status_code in (404, 405)
    for query in ("state=flying", "limit=0", "limit=many", "limit=501"):
        assert client.ask("GET", f"/v1/calls?{query}").status_code == 400


def test_a_queued_call_is_cancelled(client: Client) -> None:
    """And stays so, however often it is asked."""
    call = client.post({**BODY, "not_before": at(600)}).json()
    for _ in range(2):
        ended = client.ask("DELETE", f"/v1/calls/{call['id']}")
        assert (ended.status_code, ended.json()["state"], ended.json()["reason"]) == (200, "cancelled", "asked")
    assert client.ask("GET", "/v1/calls?state=cancelled").json()["calls"][0]["id"] == call["id"]
    assert client.ask("GET", "/v1/calls?state=open").json()["calls"] == []
    assert client.world.calls.states[call["id"]] == [DialState.CANCELLED]
