"""Concurrent requests share round trips: what arrives while all lanes are busy goes out together on the next free one.

A queue before a few connections ("lanes"). A free lane takes what is waiting, up to a bounded batch, in one write. A
slow command holds its own lane only; the others go on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter  # uvloop's own time has steps of 1 ms

import hiredis

from ops import logging
from ops.deadline import deadline
from ops.tasks import TaskSet
from state_gateway.lane import Job, Lane, Lost, NotSent, Reply, ReplyError
from state_gateway.metrics import Metrics
from state_gateway.redis_address import RedisAddress

Command = tuple[bytes, ...]
_log = logging.get("state_gateway.batching")
_RETRY_FIRST_S, _RETRY_MOST_S = 0.02, 0.5


@dataclass(frozen=True, slots=True)
class Bounds:
    """`timeout_s`: from `run` to the last reply. A batch never splits a job, so one large job may exceed the batch."""

    lanes: int = 4
    timeout_s: float = 1.0
    batch_commands: int = 512
    batch_bytes: int = 1_048_576
    queued_jobs: int = 4_096
    answer_bytes: int = 8_388_608


def pack(commands: list[Command]) -> bytes:
    """Commands as RESP."""
    one: Callable[[Command], bytes] = hiredis.pack_command  # type: ignore[assignment]  # its stub says tuples of one
    return one(commands[0]) if len(commands) == 1 else b"".join([one(command) for command in commands])


class Lanes:
    """The connections to one Redis, each renewed in the background when it breaks."""

    def __init__(self, name: str, address: RedisAddress, bounds: Bounds, metrics: Metrics) -> None:
        self.name, self._address, self._bounds, self._metrics = name, address, bounds, metrics
        self._queue: deque[Job] = deque()
        self._free: list[Lane] = []
        self._open: set[Lane] = set()
        self._flushing = False
        self._tasks = TaskSet(f"lanes.{name}")
        self._in_use = metrics.lanes_in_use.labels(name)
        self._connected = metrics.lanes_open.labels(name)
        self._loop: asyncio.AbstractEventLoop  # from `start` on

    def __repr__(self) -> str:
        return f"<Lanes {self.name} {len(self._open)} open {len(self._free)} free {len(self._queue)} queued>"

    @property
    def up(self) -> bool:
        """A connection has answered, and is not known to be broken."""
        return bool(self._open)

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        self._loop = asyncio.get_running_loop()
        for number in range(self._bounds.lanes):
            self._tasks.spawn(self._keep(), name=f"keep-{number}")

    async def aclose(self) -> None:
        await self._tasks.aclose()
        for lane in list(self._open):
            lane.abort()
        self._fail_queue()

    async def run(self, commands: list[Command], *, text: bool) -> list[Reply]:
        """The replies, one for each command, ReplyError among them.

        Raises NotSent (nothing was executed) or Lost (it may have been); Refused 413 where the replies are more than
        `Bounds.answer_bytes`. Cancelling it harms no other: a job that was
        not sent yet is dropped, the replies of one that was are read and thrown away.
        """
        if not self._open or len(self._queue) >= self._bounds.queued_jobs:
            raise NotSent
        loop = self._loop
        job = Job(pack(commands), len(commands), text=text)
        job.timer = loop.call_later(self._bounds.timeout_s, self._late, job)
        self._queue.append(job)
        if self._free and not self._flushing:
            self._flushing = True
            loop.call_soon(self._flush)  # requests of the same turn of the loop go together
        try:
            return await job.done
        finally:
            job.timer.cancel()

    async def ping(self) -> bool:
        """Does it answer? Raises NotSent or Lost where it does not."""
        return await self.run([(b"PING",)], text=True) == ["PONG"]

    def _flush(self) -> None:
        self._flushing = False
        while self._queue and self._free:
            self._send(self._free.pop())
        self._in_use.set(len(self._open) - len(self._free))

    def _send(self, lane: Lane) -> None:
        """The lane takes the next batch; one without work left stays free."""
        queue, bounds = self._queue, self._bounds
        batch: list[Job] = []
        commands = size = 0
        while queue:
            job = queue[0]
            if job.done.done():  # late, or its caller has gone
                queue.popleft()
                continue
            if batch and (commands + job.count > bounds.batch_commands or size + len(job.payload) > bounds.batch_bytes):
                break
            batch.append(queue.popleft())
            commands, size = commands + job.count, size + len(job.payload)
        if not batch:
            self._free.append(lane)
            return
        lane.batch_started_s = perf_counter()
        self._metrics.batch_commands.observe(commands)
        lane.send(batch)

    def _on_idle(self, lane: Lane) -> None:
        if lane.batch_started_s:
            self._metrics.round_trip.observe(perf_counter() - lane.batch_started_s)
        if lane in self._open:
            self._send(lane)
            self._in_use.set(len(self._open) - len(self._free))

    def _on_closed(self, lane: Lane) -> None:
        self._open.discard(lane)
        if lane in self._free:
            self._free.remove(lane)
        self._connected.set(len(self._open))
        self._in_use.set(len(self._open) - len(self._free))
        if not self._open:
            self._fail_queue()

    def _fail_queue(self) -> None:
        while self._queue:
            self._queue.popleft().fail(NotSent())

    def _late(self, job: Job) -> None:
        """A job's time is up. Its lane goes on: a slow command is no reason to harm the others of its batch."""
        job.fail(Lost() if job.sent else NotSent())
        if job.sent:
            self._loop.call_later(self._bounds.timeout_s, self._give_up_silent)

    def _give_up_silent(self) -> None:
        """Close lanes that owe replies for twice the deadline: their connection may be dead with nobody to say so."""
        oldest = perf_counter() - 1.9 * self._bounds.timeout_s  # a job waited in the queue before its batch began
        for lane in list(self._open):
            if lane.busy and lane.batch_started_s <= oldest:
                lane.abort()

    async def _keep(self) -> None:
        """One lane, connected again and again."""
        wait_s = _RETRY_FIRST_S
        while True:
            closed = asyncio.Event()
            try:
                await self._connect(closed)
            except (OSError, TimeoutError, Lost, ReplyError) as error:
                if wait_s == _RETRY_MOST_S:
                    _log.debug("redis cannot be reached", component=self.name, error=error)
                await asyncio.sleep(wait_s)
                wait_s = min(_RETRY_MOST_S, wait_s * 2)
                continue
            wait_s = _RETRY_FIRST_S
            if len(self._open) == 1:
                _log.info("redis connected", component=self.name)
            await closed.wait()
            if not self._open:
                _log.warning("redis lost", component=self.name)

    async def _connect(self, closed: asyncio.Event) -> None:
        """Open a lane that said hello and was answered: a Redis that is loading, or refuses the password, is not up."""

        def on_closed(lane: Lane) -> None:
            closed.set()
            self._on_closed(lane)

        async with deadline(self._bounds.timeout_s, "redis"):
            lane = await self._address.connect(lambda: Lane(self._on_idle, on_closed, self._bounds.answer_bytes))
            try:
                hello = [*self._address.hello, (b"PING",)]
                job = Job(pack(hello), len(hello), text=False)
                lane.send([job])
                for reply in await job.done:
                    if isinstance(reply, ReplyError):
                        raise reply
            except BaseException:
                lane.abort()
                raise
        if closed.is_set():
            raise Lost
        self._open.add(lane)
        self._connected.set(len(self._open))
        self._send(lane)
