"""A slow model gets a filler, an endless one an end: on the stream itself, with no model in sight."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from agent.turns.answer import GO_ON, Bound, with_filler
from ops.tasks import TaskSet
from tests.support.virtual_time import virtual_time

FILLER = "One moment. "


async def stream(*chunks: str, first_after: float = 0.0) -> AsyncIterator[str]:
    await asyncio.sleep(first_after)
    for chunk in chunks:
        yield chunk


async def collected(chunks: AsyncIterator[str]) -> list[str]:
    tasks = TaskSet("test")
    try:
        return [chunk async for chunk in with_filler(chunks, lambda: FILLER, bool, tasks)]
    finally:
        await tasks.aclose()


@virtual_time
async def test_a_quick_answer_is_passed_on_untouched() -> None:
    assert await collected(stream("a", "b")) == ["a", "b"]


@virtual_time
async def test_a_slow_answer_begins_with_the_filler() -> None:
    """1.5 s of silence makes callers say "hello?"; the filler comes first and once."""
    assert await collected(stream("a", "b", first_after=2.0)) == [FILLER, "a", "b"]


@virtual_time
async def test_a_chunk_with_nothing_but_the_role_does_not_count_as_an_answer() -> None:
    """Servers send it at once, then think for four seconds: the caller must not sit in silence meanwhile."""

    async def slow() -> AsyncIterator[str]:
        yield ""
        await asyncio.sleep(4.0)
        yield "a"

    assert await collected(slow()) == [FILLER, "", "a"]


@virtual_time
async def test_an_empty_answer_stays_empty() -> None:
    assert await collected(stream()) == []


@virtual_time
async def test_a_failing_answer_raises_where_it_is_read() -> None:
    """The error belongs to the reader: left in the helper task it reached the call, which ended as broken."""

    async def failing() -> AsyncIterator[str]:
        await asyncio.sleep(1.0)
        raise ConnectionError
        yield ""

    errors: list[BaseException] = []
    tasks = TaskSet("test", on_error=errors.append)
    with pytest.raises(ConnectionError):
        async for _ in with_filler(failing(), lambda: FILLER, bool, tasks):
            pass
    await tasks.aclose()
    assert not errors


def test_an_endless_answer_stops_at_the_end_of_a_sentence() -> None:
    """5,000 characters are six minutes of speech: nobody waits for that, so the agent asks instead."""
    bound = Bound(limit=100)
    said = ""
    for _ in range(500):
        said += bound.take("This is ten. ")
        if bound.full:
            break
    assert said.endswith("." + GO_ON)
    assert 100 <= len(said) - len(GO_ON) < 130


def test_an_answer_without_a_full_stop_is_cut_all_the_same() -> None:
    bound = Bound(limit=100)
    said = "".join(bound.take("blah ") for _ in range(500))
    assert bound.full
    assert len(said) < 400


def test_a_single_huge_chunk_is_cut() -> None:
    """Not every server streams: the whole answer may come as one chunk."""
    bound = Bound(limit=100)
    said = bound.take("A sentence of words. " * 250)
    assert bound.full
    assert said.endswith("." + GO_ON)
    assert len(said) < 150


def test_a_short_answer_is_not_touched() -> None:
    bound = Bound(limit=100)
    assert bound.take("Yes.") == "Yes."
    assert not bound.full
