"""Decoder processes, lent to one utterance at a time."""

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

from local.stand_ins.riva.audio import Pcm
from local.stand_ins.riva.decoder import AUDIO, FINISH, HEADER, START
from local.stand_ins.riva.recogniser import Word
from local.stand_ins.riva.vocabulary import Name
from ops.deadline import deadline

_ROOT = Path(__file__).parents[3]
_LOAD_S = 30.0
_ANSWER_S = 10.0
_FREE_LANE_S = 10.0
_END_S = 2.0


class DecoderLost(Exception):
    """The decoder process ended or hangs: this utterance is lost, the next gets a new process."""


class Lane:
    """One decoder process. Not to be used by two utterances at once."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._unread = 0  # answers whose asker was cancelled

    @classmethod
    async def open(cls, vocabulary: Name) -> Self:
        """Starts the process and waits until its models are loaded."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "local.stand_ins.riva.decoder", vocabulary,
            stdin=PIPE, stdout=PIPE, cwd=_ROOT,
        )  # fmt: skip
        lane = cls(process)
        lane._unread = 1
        try:
            await lane._next_answer(_LOAD_S)
        except BaseException:
            await lane.close()
            raise
        return lane

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process' id."""
        return self._process.pid

    async def start(self) -> None:
        """Begins an utterance, whatever the last one was doing."""
        await self._ask(START)

    async def feed(self, pcm: Pcm) -> str:
        """More audio; answers the words so far."""
        return str((await self._ask(AUDIO, pcm.astype("<i2").tobytes()))["text"])

    async def finish(self) -> list[Word]:
        """Ends the utterance; answers its words."""
        return [Word(*word) for word in (await self._ask(FINISH))["words"]]

    async def close(self) -> None:
        """Ends the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with deadline(_END_S, "decoder's end"):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _ask(self, kind: bytes, data: bytes = b"") -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101 - given to the process as PIPE
        self._unread += 1
        try:
            self._process.stdin.write(HEADER.pack(kind, len(data)) + data)
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError) as error:
            raise DecoderLost("the decoder process has ended") from error
        return await self._next_answer(_ANSWER_S)

    async def _next_answer(self, seconds: float) -> dict[str, Any]:
        """The newest answer, past those that nobody waits for any more."""
        assert self._process.stdout is not None  # noqa: S101 - given to the process as PIPE
        line = b""
        try:
            async with deadline(seconds, "decoder"):
                while self._unread:
                    line = await self._process.stdout.readline()
                    self._unread -= 1
        except TimeoutError as error:
            self._process.kill()
            raise DecoderLost("the decoder process hangs") from error
        if not line:
            raise DecoderLost("the decoder process has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


class Lanes:
    """A fixed number of lanes, lent out; a caller waits up to 10 s for a free one, then gets a TimeoutError."""

    def __init__(self, vocabulary: Name, size: int) -> None:
        self._vocabulary = vocabulary
        self._size = size
        self._free: asyncio.Queue[Lane | None] = asyncio.Queue()
        self._all: set[Lane] = set()

    def __repr__(self) -> str:
        return f"<Lanes {self._size - self._free.qsize()} of {self._size} busy>"

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.TaskGroup() as starting:
                for _ in range(self._size):
                    starting.create_task(self._add())
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(lane.close() for lane in self._all))
        self._all.clear()

    async def take(self) -> Lane:
        """A lane, to be given back with `give_back`."""
        async with deadline(_FREE_LANE_S, "free decoder"):
            lane = await self._free.get()
        if lane is not None and lane.alive:
            return lane
        if lane is not None:
            self._all.discard(lane)
        try:
            lane = await Lane.open(self._vocabulary)
        except BaseException:
            self._free.put_nowait(None)
            raise
        self._all.add(lane)
        return lane

    def give_back(self, lane: Lane) -> None:
        """Ends a loan, however far the utterance had come."""
        self._free.put_nowait(lane)

    @contextlib.asynccontextmanager
    async def lent(self) -> AsyncIterator[Lane]:
        """A lane for the length of a block."""
        lane = await self.take()
        try:
            yield lane
        finally:
            self.give_back(lane)

    @property
    def pids(self) -> list[int]:
        """The decoder processes' ids."""
        return [lane.pid for lane in self._all]

    async def _add(self) -> None:
        lane = await Lane.open(self._vocabulary)
        self._all.add(lane)
        self._free.put_nowait(lane)
