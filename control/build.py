"""The one place that picks adapters and puts control together. Tests hand in stores, rooms and locks of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette

import config.load as config
from calls.flags import FlagKeeper
from calls.ports import Egress, Recorder, Rooms, StateStore
from calls.stores.connect import executor_of
from calls.stores.flag_key import FlagKey
from calls.stores.keyspace import Keep, KeyspaceStore
from calls.stores.lock import StoreLock
from calls.stores.outbound_keys import OutboundKeys
from calls.stores.permit_keys import PermitKeys
from control.dialling.assemble import Calling, Means, assemble
from control.dialling.livekit_phone import LiveKitPhone
from control.dialling.notifier import Poster
from control.endings import Endings
from control.janitor import Janitor
from control.leader import Leader, Lock
from control.metrics import Metrics
from control.orphans import Orphans
from control.pulse import Pulse
from control.recordings.measurer import Measurer
from control.recordings.prover import Prover
from control.recordings.shelf import Shelf
from control.rooms import LiveKitRooms
from control.routes import calls, probes, webhooks
from control.settings import ControlSettings, State
from control.takeover import TakeOver
from control.unended import Unended
from control.watcher import Watcher
from control.webhooks import Webhooks
from ops import logging
from ops.bucket_settings import BucketSettings
from ops.clock import Clock, SystemClock
from ops.loop_lag import LoopLag
from ops.readiness import Readiness
from ops.settings import BadSettings
from ops.tasks import TaskSet
from recording.bucket import Bucket
from recording.egress import LiveKitRecorder
from recording.gcs import GcsBucket

_log = logging.get("control")

_DAY_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Recordings:
    """Where recordings come from and lie. `bucket` None: none can be proven, and each is alarmed."""

    recorder: Recorder
    bucket: Bucket | None = None
    prefix: str = "recordings"


@dataclass(frozen=True, slots=True)
class Outside:
    """What control works on. All are closed with the application. Without `means` it calls nobody, without `recordings`
    it looks after none."""

    state: StateStore
    rooms: Rooms
    lock: Lock
    means: Means | None = None
    recordings: Recordings | None = None


def build(settings: ControlSettings, outside: Outside | None = None, clock: Clock | None = None) -> Starlette:
    """The application; nothing is connected before it starts. Without `outside`: what the settings name."""
    clock, metrics, lag, tasks = clock or SystemClock(), Metrics(), LoopLag(SystemClock()), TaskSet("control")
    outside = outside or connect(settings)
    metrics.loop_lag.set_function(lambda: lag.p95_s)
    worker = settings.worker.agent_name
    calling = make_calling(settings, outside, clock, metrics)
    crew = make_crew(outside, clock, metrics, worker=worker, calling=calling)

    def ended() -> None:
        crew.janitor.poke()
        if calling is not None:
            calling.dialler.poke()

    def recorded(egress: Egress) -> None:
        if crew.prover is not None:
            crew.prover.heard(egress)

    readiness = Readiness()
    readiness.add("store", outside.state.ready)
    readiness.add("livekit", outside.rooms.ready)
    if outside.recordings is not None and outside.recordings.bucket is not None:
        readiness.add("bucket", outside.recordings.bucket.ready, required=False)
    secret = settings.livekit.api_secret.get_secret_value()
    return Starlette(
        routes=[
            *webhooks.routes(Webhooks(settings.livekit.api_key, secret), metrics, ended, recorded),
            *calls.routes(calling.orders if calling else None, settings.outbound.api_key.get_secret_value()),
            *probes.routes(readiness, metrics, lambda: len(tasks) > 0, lambda: crew.leader.leads),
        ],
        lifespan=_lifespan(crew, calling, outside, lag, tasks),
    )


def make_calling(settings: ControlSettings, outside: Outside, clock: Clock, metrics: Metrics) -> Calling | None:
    """None where CONTROL_API_KEY is not set. Raises config.problems.ConfigError and BadSettings."""
    outbound = settings.outbound
    if not outbound.api_key.get_secret_value() or outside.means is None:
        return None
    if outbound.webhook_hosts and not outbound.webhook_secret.get_secret_value():
        raise BadSettings(["CONTROL_WEBHOOK_SECRET is not set, and CONTROL_WEBHOOK_HOSTS is"])
    call_center = config.load(outbound.call_center_config, known_tools=None)
    worker = settings.worker.agent_name
    return assemble(outbound, call_center, outside.means, outside.rooms, clock, metrics, worker=worker)


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works: the leader runs the watcher, the janitor, the dialler, the prover and the measurer while it
    leads."""

    leader: Leader
    watcher: Watcher
    janitor: Janitor
    prover: Prover | None = None


def make_crew(outside: Outside, clock: Clock, metrics: Metrics, *, worker: str, calling: Calling | None = None) -> Crew:
    rooms, state = outside.rooms, (outside.state, outside.state)
    pulse = Pulse(rooms, clock, metrics)

    async def confirm() -> bool:
        return await leader.confirm()

    takeover = TakeOver(state, rooms, clock, metrics, confirm)
    watcher = Watcher(outside.state, pulse, takeover, clock, metrics)
    orphans = Orphans(rooms, outside.state, pulse, takeover, clock, metrics, worker=worker)
    unended = Unended(Endings(outside.state, clock, metrics), clock)
    janitor = Janitor(state, rooms, unended, orphans, clock)
    measurer = make_measurer(outside, clock, metrics)
    prover = make_prover(outside, clock, metrics, measurer)

    async def duty() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(watcher.run(store_was_away=leader.store_was_away), name="watcher")
            group.create_task(janitor.run(), name="janitor")
            if calling is not None:
                group.create_task(calling.lead(), name="calling")
            if prover is not None:
                group.create_task(prover.run(), name="prover")
            if measurer is not None:
                group.create_task(measurer.run(), name="measurer")

    leader = Leader(outside.lock, clock, duty, lambda leads: metrics.leading.set(leads))
    return Crew(leader, watcher, janitor, prover)


def make_measurer(outside: Outside, clock: Clock, metrics: Metrics) -> Measurer | None:
    """None where there is no bucket to read recordings from."""
    if outside.recordings is None or outside.recordings.bucket is None:
        return None
    return Measurer(outside.state, outside.recordings.bucket, clock, metrics)


def make_prover(outside: Outside, clock: Clock, metrics: Metrics, measurer: Measurer | None) -> Prover | None:
    """None where nobody said where recordings come from."""
    if outside.recordings is None:
        return None
    given, state = outside.recordings, (outside.state, outside.state)
    shelf, settled = Shelf(given.bucket, given.prefix), measurer.add if measurer is not None else None
    return Prover(state, outside.rooms, given.recorder, shelf, clock, metrics, settled)


def connect(settings: ControlSettings) -> Outside:
    """Raises BadSettings where STATE_URL names a store of another kind."""
    state, livekit = settings.state, settings.livekit
    store = executor_of(state)
    records = KeyspaceStore(store, prefix=state.prefix, keep=Keep(closed_s=state.keep_days * _DAY_S))
    return Outside(
        records,
        LiveKitRooms(livekit.url, livekit.api_key, livekit.api_secret.get_secret_value()),
        StoreLock(store, "control", prefix=state.prefix),
        Means(
            records,
            PermitKeys(store, prefix=state.prefix),
            OutboundKeys(store, prefix=state.prefix, keep_s=state.keep_days * _DAY_S),
            LiveKitPhone(
                livekit.url,
                livekit.api_key,
                livekit.api_secret.get_secret_value(),
                worker=settings.worker.agent_name,
            ),
            Poster(),
        ),
        Recordings(
            LiveKitRecorder(livekit.url, livekit.api_key, livekit.api_secret.get_secret_value()),
            bucket_of(settings.recordings),
            settings.recordings.prefix,
        ),
    )


def bucket_of(settings: BucketSettings) -> Bucket | None:
    """None, and said so, where no bucket is named: on a line that records, each call is alarmed then."""
    if settings.bucket:
        return GcsBucket(settings)
    _log.warning("no recording can be proven to have landed", missing="RECORDING_BUCKET")
    return None


def flag_keeper(state: State) -> FlagKeeper:
    """For `python -m control flags`. Raises BadSettings as `connect` does."""
    return FlagKey(executor_of(state), prefix=state.prefix)


def _lifespan(
    crew: Crew, calling: Calling | None, outside: Outside, lag: LoopLag, tasks: TaskSet
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        lag.start()
        tasks.spawn(crew.leader.run(), name="leader")
        try:
            yield
        finally:
            await tasks.aclose()
            await lag.aclose()
            if calling is not None:
                await calling.notifier.aclose()
            if outside.means is not None:
                await outside.means.phone.aclose()
                await outside.means.post.aclose()
            if outside.recordings is not None:
                await outside.recordings.recorder.aclose()
                if outside.recordings.bucket is not None:
                    await outside.recordings.bucket.aclose()
            await outside.rooms.aclose()
            await outside.state.aclose()

    return lifespan
