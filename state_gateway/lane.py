"""One connection to Redis that carries one batch at a time: everything of the batch in one write, replies in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, cast

import hiredis

from state_gateway.errors import answer_too_large

_FAR = 4
Reply = Any  # None, int, str or bytes, ReplyError, or a list of these (RESP2)
ReplyError = hiredis.ReplyError
_NOT_YET = object()


class Lost(Exception):
    """Redis was sent the job and its replies did not all come: it may have been executed."""


class NotSent(Exception):
    """Redis was not sent the job: it was not executed."""


class Job:
    """Commands that go out together, in order, with nothing of others between them, and the replies they wait for.

    `text`: bulk and status replies are decoded as UTF-8, what is no UTF-8 replaced by U+FFFD; else they stay bytes.
    """

    __slots__ = ("count", "done", "left", "payload", "received", "replies", "sent", "text", "timer")

    def __init__(self, payload: bytes, count: int, *, text: bool) -> None:
        self.payload, self.count, self.text = payload, count, text
        self.left, self.received = count, 0  # replies to come; bytes of what came in pieces
        self.replies: list[Reply] = []
        self.done: asyncio.Future[list[Reply]] = asyncio.get_running_loop().create_future()
        self.timer: asyncio.TimerHandle | None = None
        self.sent = False

    def end(self) -> None:
        """All replies are there. A caller that has gone meanwhile hears nothing, and harms nobody."""
        if self.timer is not None:
            self.timer.cancel()
        if not self.done.done():
            self.done.set_result(self.replies)

    def fail(self, error: Exception) -> None:
        if self.timer is not None:
            self.timer.cancel()
        if not self.done.done():
            self.replies.clear()
            self.done.set_exception(error)


class Lane(asyncio.Protocol):
    """`idle(lane)` is called when a batch is through, `closed(lane)` once, when the connection is gone."""

    def __init__(self, idle: Callable[[Lane], None], closed: Callable[[Lane], None], answer_bytes: int) -> None:
        self._idle, self._closed, self._most = idle, closed, answer_bytes
        self._partial = 0  # bytes of a reply that is not whole
        self._waiting: deque[Job] = deque()
        self._reader = hiredis.Reader(encoding="utf-8", errors="replace", notEnoughData=_NOT_YET)
        self._transport: asyncio.Transport | None = None
        self.batch_started_s = 0.0

    def __repr__(self) -> str:
        return f"<Lane {'open' if self._transport else 'closed'} {len(self._waiting)} jobs in flight>"

    @property
    def busy(self) -> bool:
        return bool(self._waiting)

    def send(self, jobs: Sequence[Job]) -> None:
        """Write all jobs at once. Only for a lane that is open and not busy."""
        if self._transport is None:
            raise RuntimeError("the lane is closed")
        self._waiting.extend(jobs)
        for job in jobs:
            job.sent = True
        self._transport.write(jobs[0].payload if len(jobs) == 1 else b"".join([job.payload for job in jobs]))

    def abort(self) -> None:
        """Close at once: what is in flight fails with Lost."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        reader, waiting = self._reader, self._waiting
        try:
            reader.feed(data)
            while waiting:
                job = waiting[0]
                reply = reader.gets(job.text)
                if reply is _NOT_YET:
                    self._count(job, len(data))
                    return
                self._partial = 0
                job.left -= 1
                if not job.done.done():  # else nobody waits for it any more
                    job.replies.append(reply)
                if not job.left:
                    waiting.popleft().end()
            if reader.has_data():  # a reply that nobody asked for: whose replies these are is no longer known
                self.abort()
                return
        except hiredis.ProtocolError:
            self.abort()
            return
        self._idle(self)

    def _count(self, job: Job, size: int) -> None:
        """More is to come. A job whose replies are too many is told so, and the rest is read and thrown away; a single
        reply is whole in memory or not at all, and so one that goes far beyond the limit ends the lane."""
        job.received += size
        self._partial += size
        if job.received > self._most:
            job.fail(answer_too_large(self._most))
        if self._partial > _FAR * self._most:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._transport = None
        while self._waiting:
            self._waiting.popleft().fail(Lost())
        self._closed(self)
