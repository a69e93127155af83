"""The door as the routes see it: who is in, what is in their hands, and what stays in the book."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops.signatures import sign
from state_gateway.budget import Budget
from state_gateway.errors import Refused
from state_gateway.metrics import Metrics
from state_gateway.security.admission import Admission, Gates
from state_gateway.security.audit import Audit
from state_gateway.security.clients import ApiKey, Clients, Rate
from state_gateway.security.keyring import Keyring
from state_gateway.security.keys import signing_secret
from state_gateway.security.networks import Origins
from state_gateway.security.nonces import Nonces
from state_gateway.security.places import Places
from state_gateway.security.rates import Rates
from state_gateway.security.signing import Signatures
from tests.fakes.clock import EPOCH, FakeClock
from tests.support.gateway_door import TinyRedis, a_client, a_key, a_request, clients_of

_ROOT = b"r" * 32
_BODY = b'["GET","calls:1"]'


class _Door:
    """An admission and what is behind it."""

    def __init__(self, path: Path, clients: Clients) -> None:
        clock, metrics = FakeClock(), Metrics()
        keyring = Keyring(path, frozenset(), metrics, signing=True)
        keyring.clients = clients
        self.redis = TinyRedis()
        gates = Gates(
            Origins(),
            Places(),
            Rates(None, clock, metrics),
            Signatures(_ROOT, clock),
            Nonces(self.redis, clock, metrics),
        )
        self.path = path
        self.audit = Audit(b"s" * 32, path, clock, metrics)
        self.admission = Admission(keyring, gates, self.audit, clock, 5.0, Budget(1_000))

    async def lines(self) -> list[dict[str, Any]]:
        await self.audit.flush()
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    async def refusal(self, headers: dict[str, str], body: bytes = _BODY, max_bytes: int = 100) -> Refused:
        with pytest.raises(Refused) as refused:
            async with self.admission.admit(a_request(headers, body), max_bytes=max_bytes):
                raise AssertionError("was let in")
        return refused.value


@pytest.fixture
def door(tmp_path: Path) -> Callable[..., tuple[_Door, str, ApiKey]]:
    def make(**client: Any) -> tuple[_Door, str, ApiKey]:
        text, kept = a_key(a_client(**client))
        return _Door(tmp_path / "audit.jsonl", clients_of(kept)), text, kept

    return make


def _bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


async def test_who_has_a_key_is_in(door: Callable[..., tuple[_Door, str, ApiKey]]) -> None:
    """With the body in hand; the line is written when the block has ended, with what the route noted."""
    the, text, kept = door()
    async with the.admission.admit(a_request(_bearer(text), _BODY, path="/pipeline"), max_bytes=100) as admitted:
        assert (admitted.client, admitted.body, admitted.signed) == (kept.client, _BODY, None)
        admitted.note(command="GET", commands=1, keys=[b"calls:1"], bytes_out=7, cache="hit")
        admitted.check_digest(b"anything: there is no signature")
    (line,) = await the.lines()
    assert line["ms"] >= 0
    assert line | {"ms": 0} == {
        "event": "audit",
        "timestamp": "2026-09-21T14:13:20.000+00:00",
        "request_id": "req_1",
        "client": "worker",
        "key_id": kept.id,
        "signed": False,
        "ip": "203.0.113.9",
        "method": "POST",
        "route": "/pipeline",
        "command": "GET",
        "commands": 1,
        "key_hashes": [the.audit.hash(b"calls:1")],
        "keys": 1,
        "bytes_in": len(_BODY),
        "bytes_out": 7,
        "cache": "hit",
        "ms": 0,
        "outcome": "ok",
    }


async def test_who_has_none_is_in_the_book_as_nobody(door: Callable[..., tuple[_Door, str, ApiKey]]) -> None:
    """Nothing of what was sent instead of a key is written down."""
    the, _, _ = door()
    assert (await the.refusal(_bearer("sk_wrong_thing"))).status == 401
    (line,) = await the.lines()
    assert (line["client"], line["outcome"]) == (None, "unauthorized") and "wrong_thing" not in json.dumps(line)


async def test_the_outcome_is_the_routes(door: Callable[..., tuple[_Door, str, ApiKey]]) -> None:
    """A refusal inside the block by its code, a bug as broken."""
    the, text, _ = door()
    for error in (Refused(403, "wrong_prefix", "no"), ZeroDivisionError()):
        with pytest.raises(type(error)):
            async with the.admission.admit(a_request(_bearer(text)), max_bytes=100):
                raise error
    assert [line["outcome"] for line in await the.lines()] == ["wrong_prefix", "broken"]


async def test_a_large_body_is_refused(door: Callable[..., tuple[_Door, str, ApiKey]]) -> None:
    """413, at one byte more than allowed."""
    the, text, _ = door()
    assert (await the.refusal(_bearer(text), b"x" * 101)).status == 413
    async with the.admission.admit(a_request(_bearer(text), b"x" * 100), max_bytes=100):
        pass


async def test_bodies_have_a_budget_together(door: Callable[..., tuple[_Door, str, ApiKey]]) -> None:
    """Each is within its own limit. The one too many is told to come again, and when one has gone there is room; a body
    that is refused takes none."""
    gate, text, _ = door()
    headers = {"authorization": f"Bearer {text}"}
    body = b"x" * 600
    for _ in range(3):
        async with gate.admission.admit(a_request(headers, body), max_bytes=600) as admitted:
            assert admitted.body == body
            refused = await gate.refusal(headers, body, max_bytes=600)
            assert (refused.status, refused.code, refused.retry_after_s) == (503, "busy", 1)
        assert (await gate.refusal(headers, body, max_bytes=599)).status == 413


async def test_cheap_refusals_come_before_the_body(door: Callable[..., tuple[_Door, str, ApiKey]]) -> None:
    """Who may not ask does not get to upload first."""
    the, text, _ = door(rate=Rate(1, 60))

    def read() -> None:
        raise AssertionError("the body was read")

    async with the.admission.admit(a_request(_bearer(text)), max_bytes=None) as admitted:
        assert admitted.body == b""
    for headers, code in ((_bearer(text), "rate_limited"), ({}, "unauthorized")):
        with pytest.raises(Refused) as refused:
            async with the.admission.admit(a_request(headers, ended=read), max_bytes=100):
                pass
        assert refused.value.code == code


def _signed(key: ApiKey, body: bytes = _BODY) -> dict[str, str]:
    return sign("POST", "/", "", body, key_id=key.id, secret=signing_secret(_ROOT, key.id), at=EPOCH)


async def test_a_signed_request_counts_once(door: Callable[..., tuple[_Door, str, ApiKey]]) -> None:
    """Its copy is refused; its body must be the signed one, and a wrong one does not use the signature up."""
    the, text, kept = door(signing="required")
    headers = _bearer(text) | _signed(kept)
    assert (await the.refusal(headers, b'["GET","calls:2"]')).code == "bad_signature"
    async with the.admission.admit(a_request(headers, _BODY), max_bytes=100) as admitted:
        assert admitted.signed is not None
    assert (await the.refusal(headers)).code == "replayed"
    assert (await the.refusal(_bearer(text))).code == "bad_signature"
    assert [line["signed"] for line in await the.lines()] == [True, True, True, False]


async def test_a_body_that_passes_by_is_checked_at_its_end(door: Callable[..., tuple[_Door, str, ApiKey]]) -> None:
    """For uploads too large to hold: the route hashes what it forwards and asks before it counts."""
    the, text, kept = door(signing="required")
    async with the.admission.admit(a_request(_bearer(text) | _signed(kept), _BODY), max_bytes=None) as admitted:
        admitted.check_digest(hashlib.sha256(_BODY).digest())
        with pytest.raises(Refused) as refused:
            admitted.check_digest(hashlib.sha256(b"other").digest())
        assert (refused.value.status, refused.value.code) == (401, "bad_signature")


async def test_it_runs_with_the_application(door: Callable[..., tuple[_Door, str, ApiKey]]) -> None:
    """At the end no task is left, and every line is written."""
    the, _, _ = door()
    async with the.admission.running():
        assert (await the.refusal({})).status == 401
    assert len(the.path.read_text().splitlines()) == 1
