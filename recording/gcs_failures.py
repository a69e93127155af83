"""What google-cloud-storage raises, in the words of recording.bucket. No word of Google's goes further than here."""

from __future__ import annotations

import requests
import urllib3
from google.api_core import exceptions as api
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, TransportError
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse  # type: ignore[import-untyped]

from recording.bucket import BucketDown, BucketRefused

FAMILIES = (
    api.GoogleAPIError,
    GoogleAuthError,
    InvalidResponse,
    DataCorruption,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    ConnectionError,
    TimeoutError,
)
"""Everything that means "the bucket, or the way to it". A disk's own OSError is not among it."""


def status_of(error: BaseException) -> int | None:
    """The HTTP status; None where there was no answer. A call that was repeated in vain has its last failure's."""
    if isinstance(error, api.RetryError) and error.cause is not None:
        return status_of(error.cause)
    if isinstance(error, InvalidResponse):
        return int(error.response.status_code)
    return error.code if isinstance(error, api.GoogleAPICallError) else None


def no_such_bucket(error: BaseException) -> bool:
    """A 404 that is the bucket's, in Google's words for it; an emulator's 404 has none."""
    return "bucket does not exist" in _words(error)


def failure(error: BaseException) -> BucketDown | BucketRefused:
    """What one of FAMILIES means where no single object is asked for: there a 404 is the bucket's.

    cloud.google.com/storage/docs/json_api/v1/status-codes (read 2026-11): 403 also says that an object is held, that a
    quota is used up or that the key may not be used; 429 without a quota's name is a matter of patience.
    """
    if isinstance(error, TransportError):
        return BucketDown("no token could be had")
    if isinstance(error, GoogleAuthError):
        lasting = isinstance(error, DefaultCredentialsError) or not error.retryable
        return BucketRefused("no_permission") if lasting else BucketDown("no token could be had")
    status, words = status_of(error), _words(error)
    if status in (403, 429, 400) and "quota" in words:
        return BucketRefused("quota")
    match status:
        case 403 if " hold " in words or "retention" in words:
            return BucketRefused("held")
        case 400 | 403 if "kms" in words:
            return BucketRefused("key")
        case 401 | 403:
            return BucketRefused("no_permission")
        case 404:
            return BucketRefused("no_bucket")
        case 400 | 409 | 411 | 413 | 414:
            return BucketRefused("refused")
    return BucketDown(f"status {status}" if status else type(error).__name__)


def _words(error: BaseException) -> str:
    """What the answer says of its reason, in small letters."""
    if isinstance(error, api.RetryError) and error.cause is not None:
        return _words(error.cause)
    if isinstance(error, InvalidResponse):
        return f"{error} {error.response.text[:2000]}".lower()
    reasons = [str(each) for each in getattr(error, "errors", ())]
    return " ".join([str(error), *reasons]).lower()
