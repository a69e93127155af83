"""What the bucket's library raises, as the gateway's own answers. No word of an exception reaches a client."""

from __future__ import annotations

import requests
import urllib3
from google.api_core import exceptions as api
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse  # type: ignore[import-untyped]

from state_gateway.errors import Refused
from state_gateway.storage.conditions import precondition_failed

FAMILIES = (
    api.GoogleAPIError,
    GoogleAuthError,
    InvalidResponse,
    DataCorruption,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    OSError,
)
"""Everything that means "the bucket, or the way to it". Anything else is a bug and stays what it is."""

_LATE = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError, api.GatewayTimeout)


def refused(error: BaseException) -> Refused:
    """The answer to one of FAMILIES. A call that was repeated in vain is answered for its last failure."""
    if isinstance(error, api.RetryError) and error.cause is not None:
        return refused(error.cause)
    if isinstance(error, InvalidResponse):
        return _of_status(error.response.status_code)
    if isinstance(error, _LATE):
        return late()
    if isinstance(error, api.GoogleAPICallError):
        return _of_status(error.code)
    return down()


def not_configured() -> Refused:
    return Refused(503, "storage_not_configured", "this gateway has no bucket: set STATE_GATEWAY_BUCKET")


def not_found() -> Refused:
    return Refused(404, "not_found", "no such object")


def down() -> Refused:
    return Refused(503, "storage_down", "the bucket cannot be reached", retry_after_s=1)


def late() -> Refused:
    return Refused(504, "storage_timeout", "the bucket did not answer in time", retry_after_s=1)


def damaged() -> Refused:
    return Refused(503, "storage_down", "the object arrived damaged and was not kept; send it again", retry_after_s=1)


def busy() -> Refused:
    return Refused(503, "busy", "too many objects are on their way; nothing was executed", retry_after_s=1)


def _of_status(status: int | None) -> Refused:
    match status:
        case 404:
            return not_found()
        case 412:
            return precondition_failed()
        case 400:
            return Refused(400, "bad_request", "the bucket does not take this name, content type or precondition")
        case 416:
            return Refused(416, "bad_range", "the range lies outside the object")
        case 429:
            return Refused(503, "busy", "the bucket asks for patience", retry_after_s=2)
        case 408 | 504:
            return late()
        case _:  # 401 and 403 too: the gateway's own account lacks a right, no client can do anything about it
            return down()
