"""The bucket itself at Google: what it is like, and a change of that. Needs roles/storage.legacyBucketReader to read
and storage.buckets.update to change, which no service of the house has."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from google.api_core import exceptions as api

from ops.bucket_settings import BucketSettings
from ops.cloud_storage import reach
from ops.deadline import DeadlineExceeded, deadline
from recording.bucket import BucketDown
from recording.gcs_failures import FAMILIES, failure

_GOOGLE = "https://storage.googleapis.com"
_TIMEOUT = (3.0, 10.0)
_CALL_S = 15.0


async def look(settings: BucketSettings) -> dict[str, Any]:
    """The bucket as the JSON API has it. Raises BucketDown, BucketRefused."""
    return await _ask(settings, "GET", {})


async def change(settings: BucketSettings, patch: Mapping[str, Any], metageneration: str) -> dict[str, Any]:
    """The bucket afterwards. BucketDown, too, where somebody changed it since it was looked at."""
    return await _ask(settings, "PATCH", patch, ifMetagenerationMatch=metageneration)


async def _ask(settings: BucketSettings, method: str, body: Mapping[str, Any], **query: str) -> dict[str, Any]:
    def ask() -> dict[str, Any]:
        way = reach(settings.emulator, at_once=1, read_s=_TIMEOUT[1])
        try:
            answer = way.session.request(
                method,
                f"{way.endpoint or _GOOGLE}/storage/v1/b/{settings.bucket}",
                params={"projection": "noAcl", **query},
                json=body or None,
                timeout=_TIMEOUT,
                allow_redirects=False,
            )
            if answer.status_code == 412:
                raise BucketDown("somebody else has changed it since")
            if answer.status_code != 200:
                raise api.from_http_response(answer)  # type: ignore[no-untyped-call]
            return dict(answer.json())
        finally:
            way.client.close()

    try:
        async with deadline(_CALL_S, "bucket"):
            return await asyncio.to_thread(ask)
    except DeadlineExceeded:
        raise BucketDown("no answer in time") from None
    except FAMILIES as error:
        raise failure(error) from error
