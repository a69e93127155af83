"""Signed URLs: checked against the canonical request as Google documents it, with a key made for the test
(cloud.google.com/storage/docs/authentication/canonical-requests and .../signatures, read 2026-11)."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage  # type: ignore[import-untyped]
from google.oauth2 import service_account

from ops.signed_urls import IamSigning, signed_url, signing

_EMAIL = "gateway@project.iam.gserviceaccount.com"
_NAME = "calls/Grüße/a b+c~.wav"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _service_account(key: rsa.RSAPrivateKey) -> Any:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    info = {"client_email": _EMAIL, "private_key": pem, "token_uri": "https://127.0.0.1/none"}
    made: Any = service_account.Credentials
    return made.from_service_account_info(info)


def _blob(credentials: Any) -> Any:
    return storage.Client(project="unused", credentials=credentials).bucket("recordings").blob(_NAME)


def _string_to_sign(url: str) -> str:
    """What the signature must be of, built from the documentation, not from the library."""
    parts = urlsplit(url)
    query = sorted((name, value) for name, value in parse_qsl(parts.query) if name != "X-Goog-Signature")
    canonical_query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query)
    canonical = "\n".join(["GET", parts.path, canonical_query, f"host:{parts.netloc}", "", "host", "UNSIGNED-PAYLOAD"])
    given = dict(query)
    scope = given["X-Goog-Credential"].partition("/")[2]
    return "\n".join(["GOOG4-RSA-SHA256", given["X-Goog-Date"], scope, sha256(canonical.encode()).hexdigest()])


def _verify(url: str, key: rsa.RSAPrivateKey) -> dict[str, str]:
    given = dict(parse_qsl(urlsplit(url).query))
    signature = bytes.fromhex(given["X-Goog-Signature"])
    key.public_key().verify(signature, _string_to_sign(url).encode(), padding.PKCS1v15(), hashes.SHA256())
    return given


def test_a_url_signed_with_a_service_accounts_key_is_the_documented_one(key: rsa.RSAPrivateKey) -> None:
    """Host, path, life of an hour, the generation pinned, and a signature that the public key accepts."""
    credentials = _service_account(key)
    signer = signing(credentials, "", None)
    url = signed_url(_blob(credentials), 1795264077043349, signer, 3600)
    given = _verify(url, key)
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("https", "storage.googleapis.com")
    assert parts.path == "/recordings/calls/Gr%C3%BC%C3%9Fe/a%20b%2Bc~.wav"
    assert given["X-Goog-Algorithm"] == "GOOG4-RSA-SHA256"
    assert given["X-Goog-Credential"] == f"{_EMAIL}/{given['X-Goog-Date'][:8]}/auto/storage/goog4_request"
    assert given["X-Goog-Expires"] == "3600"
    assert given["X-Goog-SignedHeaders"] == "host"
    assert given["generation"] == "1795264077043349"


class _Metadata:
    """Credentials as Google's machines give them: a token, an account's name after the first refresh, no key."""

    universe_domain = "googleapis.com"

    def __init__(self, email: str | None) -> None:
        self.service_account_email, self.refreshed = email, 0

    def refresh(self, _request: Any) -> None:
        self.refreshed += 1
        self.service_account_email = _EMAIL

    def before_request(self, _request: Any, _method: str, _url: str, headers: dict[str, str]) -> None:
        headers["Authorization"] = "Bearer a-token"


class _Iam:
    """IAM's signBlob, as documented: the payload signed with the account's key."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key
        self.asked: list[tuple[str, dict[str, str]]] = []

    def __call__(self, *, url: str, method: str, body: bytes, headers: dict[str, str]) -> Any:
        self.asked.append((url, headers))
        signature = self._key.sign(b64decode(json.loads(body)["payload"]), padding.PKCS1v15(), hashes.SHA256())

        class Answer:
            status = 200
            data = json.dumps({"keyId": "1", "signedBlob": b64encode(signature).decode()}).encode()

        return Answer()


@pytest.mark.parametrize(("named", "ambient"), [("", "default"), ("", _EMAIL), (_EMAIL, None)])
def test_where_there_is_a_token_and_no_key_iam_signs(key: rsa.RSAPrivateKey, named: str, ambient: str | None) -> None:
    """Workload Identity and Cloud Run: the account is the gateway's own, by its real name, or the one that is set."""
    iam, credentials = _Iam(key), _Metadata(ambient)
    signer = signing(credentials, named, iam)
    assert isinstance(signer, IamSigning)
    url = signed_url(_blob(_service_account(key)), 7, signer, 3600)
    assert _verify(url, key)["X-Goog-Credential"].startswith(f"{_EMAIL}/")
    ((asked, headers),) = iam.asked
    assert asked.startswith("https://iamcredentials.googleapis.com/") and f"/{_EMAIL}:signBlob" in asked
    assert headers["Authorization"] == "Bearer a-token"
    assert credentials.refreshed == (ambient == "default")


def test_where_nothing_can_sign_nothing_pretends_to() -> None:
    """The emulator's anonymous credentials, and a person's own login: neither key nor account."""
    anonymous: Any = AnonymousCredentials
    assert signing(anonymous(), _EMAIL, None) is None
    assert signing(_Metadata(None), "", None) is None
