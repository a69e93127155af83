"""The way to Google Cloud Storage, or to its emulator: one client with a bounded number of connections. It blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import google.auth
import requests.adapters
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import AuthorizedSession
from google.cloud import storage  # type: ignore[import-untyped]

# signBlob is IAM's, and IAM knows no narrower scope; what the account may do is decided by its roles.
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


@dataclass(frozen=True, slots=True)
class Way:
    """The library's client, the session under it, which adds the credentials, and these. `endpoint`: the emulator's."""

    client: Any
    session: Any
    credentials: Any
    endpoint: str = ""


def reach(emulator: str, *, at_once: int, read_s: float) -> Way:
    """By the credentials of the environment, or to the emulator ("": none), which needs none. `at_once` connections,
    `read_s` for a token. Asks nobody about a bucket; raises GoogleAuthError where there are no credentials."""
    endpoint = emulator if "://" in emulator or not emulator else f"http://{emulator}"
    anonymous: Any = AnonymousCredentials
    credentials: Any = anonymous() if endpoint else google.auth.default(scopes=[_SCOPE])[0]
    authorized: Any = AuthorizedSession  # google-auth's functions have no types
    session = authorized(credentials, refresh_timeout=read_s)
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=at_once, max_retries=0)
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter)
    client = storage.Client(
        project="unused",  # objects are named by their bucket; only making one needs a project
        credentials=credentials,
        _http=session,
        client_options={"api_endpoint": endpoint} if endpoint else None,
    )
    return Way(client, session, credentials, endpoint)
