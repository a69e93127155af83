"""API keys, `sk_<id>_<secret>`: made here, told apart by the id, believed for the secret.

The secret is 256 random bits, so plain SHA-256 keeps it: there is nothing to guess that a slow hash would protect.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from state_gateway.errors import Refused
from state_gateway.security.clients import ApiKey, Clients

_KEY = re.compile(r"sk_([0-9a-z]{8,32})_([0-9a-f]{64})")
_NOBODY = hashlib.sha256(b"no key has this digest: it stands in for the unknown").digest()


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at its birth: `text` is shown once and kept nowhere."""

    id: str
    text: str
    digest: bytes


def new() -> NewKey:
    """A key with an id of 12 and a secret of 64 hexadecimal digits."""
    id = secrets.token_hex(6)
    text = f"sk_{id}_{secrets.token_hex(32)}"
    return NewKey(id, text, digest(text))


def digest(text: str) -> bytes:
    """What is stored of a key: 32 bytes."""
    return hashlib.sha256(text.encode()).digest()


def key_of(clients: Clients, authorization: str | None, now: float) -> ApiKey:
    """The key that this Authorization header holds. `now`: epoch seconds. Raises Refused 401.

    Unknown ids are compared too, with a digest that fits nothing, so that neither time nor words tell which ids exist:
    only who has the secret hears that a key was revoked or has expired.
    """
    if authorization is None:
        raise Refused(401, "unauthorized", "send an API key: Authorization: Bearer sk_...")
    scheme, _, token = authorization.partition(" ")
    match = _KEY.fullmatch(token.strip())
    if scheme.lower() != "bearer" or match is None:
        raise Refused(401, "unauthorized", "this is no API key of the gateway: Authorization: Bearer sk_<id>_<secret>")
    key = clients.keys.get(match[1])
    matches = hmac.compare_digest(digest(match[0]), _NOBODY if key is None else key.digest)
    if key is None or not matches:
        raise Refused(401, "unauthorized", "unknown API key")
    if key.revoked:
        raise Refused(401, "key_revoked", "this API key was revoked")
    if key.expires is not None and now >= key.expires:
        raise Refused(401, "key_expired", "this API key has expired")
    return key


def signing_secret(root: bytes, key_id: str) -> bytes:
    """The key's secret for signatures, derived from the gateway's root secret: 64 hexadecimal digits, used as they are.

    Derived, so that no file holds it and each replica has it; a change of the root changes every key's.
    """
    return hmac.digest(root, b"switchboard signing " + key_id.encode(), "sha256").hex().encode()


def audit_secret(root: bytes) -> bytes:
    """What keys of Redis are hashed with in the audit log, 32 bytes: the same in each replica."""
    return hmac.digest(root, b"switchboard audit", "sha256")
