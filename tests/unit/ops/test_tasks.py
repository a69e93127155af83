"""No task without an owner: what fails is heard of, what lives ends with its owner."""

from __future__ import annotations

import asyncio
import io
import json

import pytest

from ops import logging
from ops.tasks import TaskSet
from tests.support.virtual_time import virtual_time


@pytest.fixture
def lines() -> io.StringIO:
    stream = io.StringIO()
    logging.configure("json", stream=stream)
    return stream


async def _fail() -> None:
    words = "".join(reversed("1174 dias rellac eht"))  # else a traceback's source line has them
    raise ValueError(words)


def test_failing_task_is_logged_and_told_and_the_others_go_on(lines: io.StringIO) -> None:
    """A crash in the background is neither silent nor fatal; its words may quote a caller and are not logged."""
    heard: list[BaseException] = []

    @virtual_time
    async def story() -> None:
        tasks = TaskSet("call", on_error=heard.append)
        other = tasks.spawn(asyncio.sleep(5.0, "done"), name="other")
        tasks.spawn(_fail(), name="failing")
        assert await other == "done"
        assert len(tasks) == 0
        await tasks.aclose()

    story()
    assert [type(error) for error in heard] == [ValueError]
    line = json.loads(lines.getvalue())
    assert (line["event"], line["task"]) == ("task failed", "call.failing")
    assert "4711" not in lines.getvalue()


@virtual_time
async def test_close_ends_all_and_refuses_more() -> None:
    """After `aclose` nothing of the owner runs any more, and nothing can be started."""
    ended: list[str] = []

    async def work(name: str) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.1)
            ended.append(name)

    tasks = TaskSet("call")
    for name in "abc":
        tasks.spawn(work(name), name=name)
    await asyncio.sleep(0)
    await tasks.aclose()
    assert sorted(ended) == ["a", "b", "c"]
    with pytest.raises(RuntimeError, match="closed"):
        tasks.spawn(work("late"), name="late")
    await tasks.aclose()


@virtual_time
async def test_close_from_within() -> None:
    """The task that ends the call closes the set it lives in: it is not cancelled and does not wait for itself."""
    tasks = TaskSet("call")
    other = tasks.spawn(asyncio.sleep(3600), name="other")

    async def ending() -> str:
        await tasks.aclose()
        await asyncio.sleep(1)
        return "ended"

    assert await tasks.spawn(ending(), name="ending") == "ended"
    assert other.cancelled()


def test_stubborn_task_is_named_and_does_not_hang_the_end(lines: io.StringIO) -> None:
    """A task that swallows its cancellation costs the time limit, and is logged by name."""

    @virtual_time
    async def story() -> None:
        async def stubborn() -> None:
            for _ in range(3):
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    continue

        tasks = TaskSet("call")
        task = tasks.spawn(stubborn(), name="stubborn")
        await asyncio.sleep(0)
        before = asyncio.get_running_loop().time()
        await tasks.aclose(timeout_s=2.0)
        assert asyncio.get_running_loop().time() - before == pytest.approx(2.0)
        await task

    story()
    assert json.loads(lines.getvalue())["task"] == "call.stubborn"
