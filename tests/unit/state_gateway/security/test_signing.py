"""Who must sign, and what is said to who signs wrongly. The profile itself: tests/unit/ops/test_signatures.py."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from ops.signatures import sign
from state_gateway.errors import Refused
from state_gateway.security.clients import ApiKey, Signing
from state_gateway.security.keys import signing_secret
from state_gateway.security.signing import Signatures
from tests.fakes.clock import EPOCH, FakeClock
from tests.support.gateway_door import a_client, a_key, a_request

_ROOT = b"r" * 32
_BODY = b'["PING"]'


def _key(signing: Signing) -> ApiKey:
    return a_key(a_client(signing=signing))[1]


def _signed(key: ApiKey, **changes: Any) -> dict[str, str]:
    asked: dict[str, Any] = {"key_id": key.id, "secret": signing_secret(_ROOT, key.id), "at": EPOCH} | changes
    return sign("POST", "/", "", _BODY, **asked)


def _check(key: ApiKey, headers: Mapping[str, str], root: bytes | None = _ROOT) -> object:
    return Signatures(root, FakeClock()).check(a_request(headers, _BODY), key)


def _refusal(key: ApiKey, headers: Mapping[str, str], root: bytes | None = _ROOT) -> Refused:
    with pytest.raises(Refused) as refused:
        _check(key, headers, root)
    assert refused.value.status == 401
    return refused.value


def test_a_signature_is_checked_where_it_is_required_or_sent() -> None:
    """A client that may sign and signs wrongly is refused, too: half a protection misleads."""
    for signing in ("required", "optional"):
        key = _key(signing)
        signed = Signatures(_ROOT, FakeClock()).check(a_request(_signed(key), _BODY), key)
        assert signed is not None and signed.vouches_for(hashlib.sha256(_BODY).digest())
        assert _refusal(key, _signed(key, secret=b"x" * 32)).code == "bad_signature"
    assert _check(_key("optional"), {}) is None and _check(_key("off"), {"Signature": "rubbish"}) is None
    assert _refusal(_key("required"), {}).code == "bad_signature"


def test_another_keys_signature_is_not_believed() -> None:
    """Each key has its own secret and names itself: keys of one client don't sign for each other."""
    mine, other = _key("required"), _key("required")
    assert _refusal(mine, _signed(other)).code == "bad_signature"
    assert _refusal(mine, _signed(mine, secret=signing_secret(_ROOT, other.id))).code == "bad_signature"


@pytest.mark.parametrize("off", [-301.0, 301.0])
def test_a_clock_that_is_off_is_told_the_time(off: float) -> None:
    """The client corrects itself by the Date header and signs again."""
    key = _key("required")
    refused = _refusal(key, _signed(key, at=EPOCH + off))
    assert refused.code == "clock_skew"
    assert parsedate_to_datetime(refused.headers["Date"]).timestamp() == EPOCH


def test_a_gateway_without_a_root_believes_no_signature() -> None:
    """It says so, and does not wave it through."""
    key = _key("optional")
    assert _refusal(key, _signed(key), root=None).code == "bad_signature"
    assert _check(key, {}, root=None) is None
