"""Signed requests: the profile of RFC 9421 that the state gateway and its clients share.

HMAC-SHA256 over "@method" "@path" "@query" "content-digest" (RFC 9530, sha-256 of the body) with the parameters
created, nonce and keyid. The authority is left out: a proxy may change it. Whoever verifies keeps the nonces it has
seen for twice the window and refuses one seen before: a replay's signature is a good one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
)
from http_message_signatures.algorithms import HMAC_SHA256

WINDOW_S = 300.0
COVERED = ("@method", "@path", "@query", "content-digest")
MIN_SECRET = 32  # bytes: RFC 2104, section 3: no shorter than the hash's output

Reason = Literal["unsigned", "malformed", "unknown_key", "not_covered", "mismatch", "wrong_digest", "clock_skew"]

_ORIGIN = "http://gateway"  # the library wants a whole URL; nothing of this part is signed
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
_NONCE = re.compile(r"[!-~]{8,64}")


class BadSignature(Exception):
    """Not to be believed. `reason` is a word for machines: the text holds nothing of the request.

    clock_skew: all is well but the time; answer with one's own in a Date header, and the client corrects itself.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Signed:
    """What a good signature vouches for. `sha256` is the digest of the body, 32 bytes; `created` is epoch seconds."""

    key_id: str
    nonce: str
    created: int
    sha256: bytes

    def vouches_for(self, body_sha256: bytes) -> bool:
        """Is this the digest that was signed? For bodies too large to be held: verify first, hash as they pass."""
        return hmac.compare_digest(self.sha256, body_sha256)


def sign(
    method: str, path: str, query: str, body: bytes, *, key_id: str, secret: bytes, at: float, nonce: str | None = None
) -> dict[str, str]:
    """The headers to add: Content-Digest, Signature-Input, Signature. `at`: now, epoch seconds.

    `path` and `query` as on the wire: encoded, the query without its "?". A nonce is made where none is given.
    Raises ValueError for a secret shorter than MIN_SECRET, and for a path or query that is no part of a URL.
    """
    if len(secret) < MIN_SECRET:
        raise ValueError(f"a signing secret has at least {MIN_SECRET} bytes")
    message = _Message(method.upper(), _url(path, query), {})
    try:
        HTTPMessageSigner(signature_algorithm=HMAC_SHA256, key_resolver=_One(secret)).sign(
            message,
            key_id=key_id,
            created=datetime.fromtimestamp(int(at), UTC),
            nonce=nonce or secrets.token_urlsafe(16),
            label="sig1",
            include_alg=False,  # the key decides, RFC 9421 section 3.2.6
            covered_component_ids=COVERED,
            body=body,
        )
    except HTTPMessageSignaturesException as error:
        raise ValueError("this request cannot be signed") from error
    return message.headers


def verify(
    method: str,
    path: str,
    query: str,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    secret_of: Callable[[str], bytes | None],
    now: float,
    window_s: float = WINDOW_S,
) -> Signed:
    """Who signed this request. Raises BadSignature; the time is looked at last, so only for who has the secret.

    `headers` has the request's fields under any case; `secret_of` gives a key's secret or None. `body` None: not read
    yet, the caller asks `Signed.vouches_for` when it has been. Whether the nonce is new is the caller's to ask.
    """
    fields = {name.lower(): value for name, value in headers.items()}
    if "signature" not in fields or "signature-input" not in fields:
        raise BadSignature("unsigned")
    resolver = _Known(secret_of)
    try:
        message = _Message(method.upper(), _url(path, query), fields)
        (result,) = _Verifier(signature_algorithm=HMAC_SHA256, key_resolver=resolver).verify(message, max_age=None)
    except HTTPMessageSignaturesException:
        raise BadSignature(_why(resolver)) from None
    except ValueError:
        raise BadSignature("malformed") from None
    return _read(result.parameters, result.covered_components, body, now, window_s)


def _read(
    parameters: Mapping[str, Any], covered: Mapping[str, str], body: bytes | None, now: float, window_s: float
) -> Signed:
    if not {f'"{name}"' for name in COVERED} <= covered.keys():
        raise BadSignature("not_covered")
    digest, nonce, created = (
        _DIGEST.fullmatch(covered['"content-digest"']),
        parameters.get("nonce"),
        parameters.get("created"),
    )
    if digest is None or not isinstance(nonce, str) or not _NONCE.fullmatch(nonce) or not isinstance(created, int):
        raise BadSignature("malformed")
    signed = Signed(str(parameters["keyid"]), nonce, created, b64decode(digest[1]))
    if body is not None and not signed.vouches_for(hashlib.sha256(body).digest()):
        raise BadSignature("wrong_digest")
    if abs(now - created) > window_s:
        raise BadSignature("clock_skew")
    return signed


def _url(path: str, query: str) -> str:
    return f"{_ORIGIN}{path}?{query}" if query else f"{_ORIGIN}{path}"


@dataclass
class _Message:
    """A request as the library wants to see one."""

    method: str
    url: str
    headers: dict[str, str]


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Nothing: the library reads the machine's own clock, and before it has checked the signature."""


class _One(HTTPSignatureKeyResolver):
    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def resolve_private_key(self, _key_id: str) -> bytes:
        return self._secret


class _Known(HTTPSignatureKeyResolver):
    """`asked` and `found` tell afterwards how far the library got: its exceptions have texts only."""

    def __init__(self, secret_of: Callable[[str], bytes | None]) -> None:
        self._secret_of = secret_of
        self.asked = self.found = False

    def resolve_public_key(self, key_id: str) -> bytes | None:
        self.asked = True
        secret = self._secret_of(key_id)
        self.found = secret is not None
        return secret


def _why(resolver: _Known) -> Reason:
    if not resolver.asked:
        return "malformed"
    if not resolver.found:
        return "unknown_key"
    return "mismatch"
