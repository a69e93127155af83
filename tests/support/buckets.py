"""Every Bucket of the house on a test bench, with the means to break it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.bucket_settings import BucketSettings
from recording.bucket import Bucket
from recording.gcs import GcsBucket
from tests.fakes.bucket import FakeBucket
from tests.fakes.gcs_api import GcsApi, gcs_api
from tests.support.gcs_server import GcsServer, gcs_server


@dataclass
class Bench:
    """`strict`: it holds to generations and holds, as Google does; fake-gcs-server does neither."""

    bucket: Bucket
    put: Callable[[str, bytes], Awaitable[None]]
    break_it: Callable[[], Awaitable[None]]
    strict: bool = True


Make = Callable[[Path], AbstractAsyncContextManager[Bench]]


def settings(url: str, bucket: str = "calls") -> BucketSettings:
    return BucketSettings.model_validate({"RECORDING_BUCKET": bucket, "STORAGE_EMULATOR_HOST": url})


@asynccontextmanager
async def fake(_: Path) -> AsyncIterator[Bench]:
    bucket = FakeBucket()

    async def put(name: str, data: bytes) -> None:
        bucket.put(name, data)

    async def breaks() -> None:
        bucket.down = True

    yield Bench(bucket, put, breaks)


@asynccontextmanager
async def api(_: Path) -> AsyncIterator[Bench]:
    """Ours, against what Google documents of its JSON API."""
    async with gcs_api() as server:
        bucket = GcsBucket(settings(server.url), retry_s=0.3)
        yield Bench(bucket, _put_at(server), server.kill)
        await bucket.aclose()


@asynccontextmanager
async def emulator(tmp_path: Path) -> AsyncIterator[Bench]:
    """Ours, against fake-gcs-server."""
    async with gcs_server(tmp_path) as server:
        bucket = GcsBucket(settings(server.url), retry_s=0.3)
        yield Bench(bucket, server.put, server.kill, strict=False)
        await bucket.aclose()


def _put_at(server: GcsApi) -> Callable[[str, bytes], Awaitable[None]]:
    async def put(name: str, data: bytes) -> None:
        await asyncio.to_thread(server.put, name, data)

    return put


ALL: dict[str, Make] = {"fake": fake, "api": api, "emulator": emulator}
__all__ = ["ALL", "Bench", "GcsServer", "settings"]
