"""The one place that picks what `python -m recording` works on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from calls.outbound import OutboundCalls
from calls.ports import CallStore, StoreDown
from calls.stores.connect import executor_of
from calls.stores.keyspace import KeyspaceStore
from calls.stores.outbound_keys import OutboundKeys
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


@dataclass(frozen=True, slots=True)
class Stores:
    calls: CallStore
    orders: OutboundCalls


@asynccontextmanager
async def store(state: State) -> AsyncIterator[CallStore]:
    """For the block. Raises BadSettings, and RecordingError for a store that cannot be asked."""
    async with stores(state) as made:
        yield made.calls


@asynccontextmanager
async def stores(state: State) -> AsyncIterator[Stores]:
    """The same, with the orders to call."""
    executor = executor_of(state)
    made = KeyspaceStore(executor, prefix=state.prefix)
    try:
        yield Stores(made, OutboundKeys(executor, prefix=state.prefix))
    except StoreDown as error:
        raise RecordingError(f"The store at STATE_URL cannot be asked: {error}. Do it again later.") from error
    finally:
        await made.aclose()
