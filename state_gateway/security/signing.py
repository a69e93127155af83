"""Signed requests as the gateway sees them: who must sign, with which secret, and what is said where it is wrong."""

from __future__ import annotations

from email.utils import formatdate

from starlette.requests import Request

from ops.clock import Clock
from ops.signatures import WINDOW_S, BadSignature, Reason, Signed, verify
from state_gateway.errors import Refused
from state_gateway.http_io import header
from state_gateway.security.clients import ApiKey
from state_gateway.security.keys import signing_secret

_WORDS: dict[Reason, str] = {
    "unsigned": "this client must sign its requests (RFC 9421)",
    "malformed": "the signature is malformed",
    "unknown_key": "the signature's keyid is not the id of the API key",
    "not_covered": "the signature must cover @method, @path, @query and content-digest",
    "mismatch": "the signature does not fit the request",
    "wrong_digest": "the body does not have the signed content-digest",
    "clock_skew": f"the signature's time is more than {WINDOW_S:g} s off; the Date header has the gateway's",
}


class Signatures:
    """`root`: the secret each key's own is derived from; None: signatures cannot be checked."""

    def __init__(self, root: bytes | None, clock: Clock) -> None:
        self._root, self._clock = root, clock

    def check(self, request: Request, key: ApiKey) -> Signed | None:
        """What the request's signature vouches for; None where it has none and needs none. Raises Refused 401.

        The body and the nonce are not looked at.
        """
        signing = key.client.signing
        if signing == "off" or (signing == "optional" and header(request.scope, b"signature") is None):
            return None
        root = self._root
        if root is None:
            raise Refused(401, "bad_signature", "this gateway checks no signatures: send the request without one")
        try:
            return verify(
                request.method,
                request.scope["raw_path"].decode("latin-1"),
                request.scope["query_string"].decode("latin-1"),
                None,
                request.headers,
                secret_of=lambda id: signing_secret(root, id) if id == key.id else None,
                now=self._clock.now(),
            )
        except BadSignature as error:
            if error.reason != "clock_skew":
                raise wrong(error.reason) from None
            date = {"Date": formatdate(self._clock.now(), usegmt=True)}
            raise Refused(401, "clock_skew", _WORDS["clock_skew"], headers=date) from None


def wrong(reason: Reason) -> Refused:
    """The answer to a signature that is not believed."""
    return Refused(401, "bad_signature", _WORDS[reason])
