"""Signed V4 URLs: who can sign where the gateway runs. Everything here may block."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from google.auth import credentials as auth
from google.auth import crypt, iam
from google.auth.credentials import AnonymousCredentials


class IamSigning(auth.Signing):  # type: ignore[misc, no-untyped-call, unused-ignore]
    """Signs through IAM's signBlob: for Workload Identity and Cloud Run, where there is a token and no private key.

    `email`'s account needs roles/iam.serviceAccountTokenCreator for the account of `credentials` (itself, mostly).
    """

    def __init__(self, signer: crypt.Signer, email: str) -> None:
        self._signer, self._email = signer, email

    def sign_bytes(self, message: bytes) -> bytes:
        signature: bytes = self._signer.sign(message)  # type: ignore[no-untyped-call, unused-ignore]
        return signature

    @property
    def signer_email(self) -> str:
        return self._email

    @property
    def signer(self) -> crypt.Signer:
        return self._signer


def signing(credentials: Any, email: str, request: Any) -> Any | None:
    """What signs: a service account's own key, else IAM in the name of `email` or of the account the gateway runs as;
    None where nothing can (the emulator, a person's own login). `request` is how google-auth calls out."""
    if isinstance(credentials, AnonymousCredentials):
        return None
    if isinstance(credentials, auth.Signing) and not email:
        return credentials
    if not email and getattr(credentials, "service_account_email", None) == "default":
        credentials.refresh(request)  # on Google's machines the account's name is known after the first token only
    account = email or getattr(credentials, "service_account_email", None)
    return IamSigning(iam.Signer(request, credentials, account), account) if account else None  # type: ignore[no-untyped-call, unused-ignore]


def signed_url(blob: Any, generation: int | None, signer: Any, seconds: int) -> str:
    """A URL that reads this generation of `blob` (None: the newest) for `seconds`, for GET only, by who has it: treat
    it as a secret."""
    url: str = blob.generate_signed_url(
        version="v4",
        expiration=timedelta(seconds=seconds),
        method="GET",
        generation=None if generation is None else str(generation),
        credentials=signer,
        scheme="https",
    )
    return url
