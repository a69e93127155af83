"""The one place that picks what `python -m recording` works on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from calls.ports import CallStore, StoreDown
from calls.stores.connect import executor_of
from calls.stores.keyspace import KeyspaceStore
from recording.bucket import Bucket, BucketDown, BucketRefused
from recording.errors import RecordingError, told
from recording.gcs import GcsBucket
from recording.settings import Shelf, State


@asynccontextmanager
async def bucket(shelf: Shelf) -> AsyncIterator[Bucket]:
    """For the block. Raises RecordingError for a bucket that is down or refuses."""
    made = GcsBucket(shelf, signer_email=shelf.signer_email)
    try:
        yield made
    except (BucketDown, BucketRefused) as error:
        raise RecordingError(told(error)) from error
    finally:
        await made.aclose()


@asynccontextmanager
async def store(state: State) -> AsyncIterator[CallStore]:
    """For the block. Raises BadSettings, and RecordingError for a store that cannot be asked."""
    made = KeyspaceStore(executor_of(state), prefix=state.prefix)
    try:
        yield made
    except StoreDown as error:
        raise RecordingError(f"The store at STATE_URL cannot be asked: {error}. Do it again later.") from error
    finally:
        await made.aclose()
