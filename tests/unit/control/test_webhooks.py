"""POST /webhooks/livekit: only our server's words count, each once, and nothing of anybody's can break it."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
from typing import Any

import pytest
from livekit import api
from starlette.applications import Starlette
from starlette.testclient import TestClient

from calls.ports import Egress, EgressStatus
from control.metrics import Metrics
from control.routes.webhooks import LARGEST, routes
from control.webhooks import Webhooks

KEY, SECRET = "devkey", "a-secret-of-at-least-thirty-two-characters"


def _signed(body: bytes, secret: str = SECRET, age_s: int = 0) -> str:
    token = api.AccessToken(KEY, secret).with_sha256(base64.b64encode(hashlib.sha256(body).digest()).decode())
    return token.with_ttl(datetime.timedelta(seconds=300 - age_s)).to_jwt()


def _event(event: str = "room_finished", id: str = "EV_1", **more: Any) -> bytes:
    return json.dumps({"event": event, "id": id, "room": {"name": "call_+15550100"}, **more}).encode()


class _App:
    def __init__(self) -> None:
        self.ended = 0
        self.recorded: list[Egress] = []
        self.metrics = Metrics()
        app = Starlette(routes=routes(Webhooks(KEY, SECRET), self.metrics, self._end, self.recorded.append))
        self.client = TestClient(app)

    def post(self, body: bytes, authorization: str | None = None) -> int:
        headers = {"authorization": _signed(body) if authorization is None else authorization}
        return self.client.post("/webhooks/livekit", content=body, headers=headers).status_code

    def _end(self) -> None:
        self.ended += 1


@pytest.fixture
def app() -> _App:
    return _App()


def test_an_end_that_our_server_signed_is_news_once(app: _App) -> None:
    """The server repeats a webhook whose answer it did not get."""
    assert app.post(_event()) == 200
    assert app.post(_event()) == 200
    assert app.ended == 1
    assert app.post(_event(id="EV_2")) == 200
    assert app.ended == 2


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "nonsense",
        "Bearer ",
        _signed(_event(), "another-secret-of-thirty-two-characters"),
        _signed(b"another body"),
        _signed(_event(), age_s=3600),
        api.AccessToken(KEY, SECRET).to_jwt(),
        api.AccessToken(KEY, SECRET).with_sha256("not base64!").to_jwt(),
    ],
    ids=["none", "nonsense", "empty", "another secret", "another body", "expired", "no hash", "bad hash"],
)
def test_what_our_server_did_not_sign_is_refused(app: _App, authorization: str) -> None:
    """401, and nothing happens. The words of the refusal have nothing of the request in them."""
    assert app.post(_event(), authorization) == 401
    assert app.ended == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b'{"event": 7}', b"[" * 60_000])
def test_signed_nonsense_is_refused(app: _App, body: bytes) -> None:
    """400: no traceback, no 500."""
    assert app.post(body) == 400
    assert app.ended == 0


def test_a_body_that_is_too_large_is_refused(app: _App) -> None:
    """Said by its header or found while reading; 64 KiB are allowed."""
    assert app.post(_event(padding="x" * LARGEST)) == 413

    def pieces() -> Any:
        for _ in range(80):
            yield b"x" * 1024

    assert app.client.post("/webhooks/livekit", content=pieces()).status_code == 413
    assert app.post(_event(padding="x" * (LARGEST - 200))) == 200


@pytest.mark.parametrize(
    ("body", "counts"),
    [
        (_event("participant_left", participant={"identity": "caller", "kind": "SIP"}), True),
        (_event("participant_left", participant={"identity": "agent", "kind": "AGENT"}), True),
        (_event("participant_left", participant={"identity": "EG_1", "kind": "EGRESS"}), False),
        (_event("track_published"), False),
        (_event("something_of_next_year", what={"is": ["this"]}), False),
    ],
    ids=["caller left", "agent left", "recorder left", "no end", "unknown"],
)
def test_which_events_make_the_janitor_look(app: _App, body: bytes, counts: bool) -> None:
    """A recorder comes and goes without a meaning; an unknown event is accepted and ignored."""
    assert app.post(body) == 200
    assert app.ended == int(counts)


def test_events_without_an_id_are_never_taken_for_repeats(app: _App) -> None:
    """Older servers send none."""
    assert [app.post(_event(id="")) for _ in range(2)] == [200, 200]
    assert app.ended == 2


_NAME = "recordings/2026/09/21/main/0198c2d0-0000-7000-8000-000000000001.ogg"
_EGRESS = {
    "egress_id": "EG_1",
    "room_name": "call_+15550100",
    "status": "EGRESS_ABORTED",
    "room_composite": {"file_outputs": [{"filepath": _NAME}]},
    "error": "Start signal not received",
}


def test_what_egress_tells_is_passed_on_once(app: _App) -> None:
    """Its id, its room, the name that was asked for, and how it stands."""
    for _ in range(3):
        assert app.post(_event("egress_ended", egressInfo=_EGRESS)) == 200
    assert [(e.egress_id, e.name, e.status) for e in app.recorded] == [("EG_1", _NAME, EgressStatus.ABORTED)]
    assert app.post(_event("egress_updated", "EV_2", egressInfo={**_EGRESS, "status": "EGRESS_ACTIVE"})) == 200
    assert app.recorded[-1].status is EgressStatus.ACTIVE
    assert app.ended == 0


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"egressInfo": {}},
        {"egressInfo": {"egress_id": "EG_1", "status": 99}},
        {"egressInfo": {"egress_id": "EG_1", "status": "EGRESS_OF_NEXT_YEAR", "track": {"track_id": "TR_1"}}},
        {"egressInfo": {"egress_id": "", "status": "EGRESS_FAILED"}},
    ],
)
def test_an_egress_of_another_version_or_kind_is_accepted(app: _App, told: dict[str, Any]) -> None:
    """Not ours to understand; what is passed on can be passed on."""
    assert app.post(_event("egress_ended", **told)) == 200
    assert all(e.egress_id == "EG_1" for e in app.recorded)
