"""Every "no" of the gateway, in one shape: {"error": text, "code": word}, with Retry-After where waiting helps.

A superset of Upstash's {"error": text}. The text says what to do; it never holds a key, a value, or the words of an
exception. `Refused` is raised anywhere below a route and becomes the answer at the outermost layer (front.py).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from starlette.responses import Response

# The machine words a client may meet, by who can do something about it.
CODES = {
    # the caller asks differently
    "bad_request": "400: the body, a header or a parameter is not what the route takes",
    "bad_path": "400: no name that an object may have",
    "redis_error": "400: Redis refused the command; the text is Redis' own",
    "unauthorized": "401: no API key, or one that is unknown",
    "key_revoked": "401: the API key was revoked",
    "key_expired": "401: the API key has expired",
    "bad_signature": "401: the signature is missing or wrong",
    "clock_skew": "401: the signature is too old, or from the future: set the clock",
    "replayed": "401: the signature was seen before: sign each request anew",
    "command_not_allowed": "403: the command is not offered, or not to this client",
    "script_not_allowed": "403: the script is not on the client's list",
    "wrong_prefix": "403: a key or an object outside the client's prefix",
    "wrong_network": "403: the client may not come from this address",
    "forbidden": "403: not for this client",
    "not_found": "404: no such route, key or object",
    "method_not_allowed": "405: see the header Allow",
    "request_timeout": "408: the request did not arrive in time",
    "precondition_failed": "412: the object's generation is not the one that was asked for",
    "too_large": "413 (a head: 431): larger than allowed",
    "bad_range": "416: the range lies outside the object",
    # the caller waits: Retry-After says how long
    "rate_limited": "429: too many requests of this client",
    "too_many_at_once": "429: too many requests of this client run at once",
    "busy": "503: the gateway has as much to do as it takes on; nothing was executed",
    # the operator looks
    "internal_error": "500: a bug; the x-request-id finds it in the log",
    "cannot_sign": "501: nothing here can sign URLs",
    "store_down": "503: Redis cannot be reached, or takes no writes now; nothing was executed",
    "unknown_outcome": "503: the connection broke or was late after the command was sent: it may have been executed",
    "storage_not_configured": "503: this gateway has no bucket",
    "storage_down": "503: the bucket cannot be reached",
    "storage_timeout": "504: the bucket did not answer in time",
}


class Refused(Exception):
    """An answer that is not the one asked for. `code` is one of CODES; `message` is shown to the caller as it is."""

    log_safe = True

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        retry_after_s: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after_s = status, code, message, retry_after_s
        self.headers = dict(headers or {})

    def __repr__(self) -> str:
        return f"<Refused {self.status} {self.code}>"


def answer(refused: Refused) -> Response:
    """The one JSON shape of an error. Retry-After is in whole seconds, at least 1."""
    body = json.dumps({"error": refused.message, "code": refused.code}, ensure_ascii=False).encode("utf-8", "replace")
    headers = dict(refused.headers)
    if refused.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, math.ceil(refused.retry_after_s)))
    if refused.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(body, refused.status, headers, "application/json")


def bad_request(message: str) -> Refused:
    return Refused(400, "bad_request", message)


def answer_too_large(most: int) -> Refused:
    """Of Redis' replies: known only when they come, and so after the fact."""
    return Refused(
        413, "too_large", f"the answer is larger than {most} bytes: ask for less. The commands were executed"
    )


def store_down(message: str = "Redis cannot be reached; nothing was executed") -> Refused:
    return Refused(503, "store_down", message, retry_after_s=1)


def unknown_outcome() -> Refused:
    """The one failure that must not be repeated blindly."""
    return Refused(
        503,
        "unknown_outcome",
        "Redis was sent the command and its reply was lost: it may have been executed. "
        "Repeat it only if doing it twice is harmless",
        retry_after_s=1,
    )
