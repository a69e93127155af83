"""Addresses to listen at, with each kind of credentials that a machine or a person has. Nobody is asked anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ops.bucket_settings import BucketSettings
from recording.bucket import BucketRefused
from recording.gcs import GcsBucket

NAME = "recordings/2026/11/21/front-desk/call-1.ogg"


def with_credentials(monkeypatch: pytest.MonkeyPatch, path: Path, content: dict[str, Any] | None) -> GcsBucket:
    if content is not None:
        path.write_text(json.dumps(content))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    return GcsBucket(BucketSettings.model_validate({"RECORDING_BUCKET": "calls"}))


async def test_an_address_is_signed_and_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """V4, for this object alone, for an hour, and for the newest content whichever that is."""
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "client_email": "signer@project.iam.gserviceaccount.com",
        "private_key": key.decode(),
        "token_uri": "https://oauth2.googleapis.com/token",
        "project_id": "project",
    }
    bucket = with_credentials(monkeypatch, tmp_path / "key.json", account)
    address = urlsplit(await bucket.signed_url(NAME, 3600.0))
    assert (address.scheme, address.netloc, address.path) == ("https", "storage.googleapis.com", f"/calls/{NAME}")
    told = parse_qs(address.query)
    assert told["X-Goog-Algorithm"] == ["GOOG4-RSA-SHA256"]
    assert told["X-Goog-Expires"] == ["3600"]
    assert "generation" not in told
    assert len(told["X-Goog-Signature"][0]) == 512
    await bucket.aclose()


async def test_a_persons_login_cannot_sign_and_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """gcloud's own credentials have no key and no account: RECORDING_SIGNER_EMAIL is the way."""
    login = {"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}
    bucket = with_credentials(monkeypatch, tmp_path / "login.json", login)
    with pytest.raises(BucketRefused, match="no_signer"):
        await bucket.signed_url(NAME, 3600.0)
    await bucket.aclose()


async def test_no_credentials_is_somebodys_to_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting does not help: it is no outage."""
    bucket = with_credentials(monkeypatch, tmp_path / "none.json", None)
    with pytest.raises(BucketRefused, match="no_permission"):
        await bucket.stat(NAME)
    assert not await bucket.ready()
    await bucket.aclose()
