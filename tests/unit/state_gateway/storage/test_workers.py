"""Blocking calls off the event loop: a bounded number, each with a deadline, none with a word too many."""

from __future__ import annotations

import asyncio
import threading

import pytest
import requests

from state_gateway.errors import Refused
from state_gateway.storage.workers import Workers


async def test_a_result_comes_back_and_a_failure_is_the_gateways_own() -> None:
    """Whatever the bucket's library says about it stays in the log, and there by its type only."""

    def fail() -> None:
        raise requests.ConnectionError("host secret-host, key AIza...")

    workers = Workers(1, 1.0, 5.0)
    assert await workers.call(sum, [1, 2]) == 3
    with pytest.raises(Refused) as caught:
        await workers.call(fail)
    assert caught.value.code == "storage_down" and "secret" not in caught.value.message
    workers.close()


async def test_a_bug_stays_a_bug() -> None:
    """It is no outage: the front answers 500 and the log has its trace."""
    workers = Workers(1, 1.0, 5.0)
    with pytest.raises(ZeroDivisionError):
        await workers.call(divmod, 1, 0)
    workers.close()


async def test_a_call_that_hangs_is_given_up_and_its_place_is_not() -> None:
    """One thread: while it hangs the next caller is told so, and when it ends all is well again."""
    go_on, workers = threading.Event(), Workers(1, 0.05, 0.05)
    with pytest.raises(Refused) as late:
        await workers.call(go_on.wait, 20.0)
    with pytest.raises(Refused) as busy:
        await workers.call(sum, [1])
    assert (late.value.code, busy.value.code) == ("storage_timeout", "busy")
    go_on.set()
    patient = Workers(1, 1.0, 5.0)
    async with asyncio.timeout(10):
        while "0/1" not in repr(workers):
            await patient.call(threading.Event().wait, 0.01)
    assert await workers.call(sum, [1]) == 1
    workers.close()
    patient.close()


async def test_a_caller_who_leaves_takes_no_place_with_him() -> None:
    go_on, workers = threading.Event(), Workers(1, 5.0, 5.0)
    async with asyncio.TaskGroup() as tasks:
        leaving = tasks.create_task(workers.call(go_on.wait, 20.0))
        while "1/1" not in repr(workers):
            await asyncio.sleep(0)
        leaving.cancel()
    go_on.set()
    assert await workers.call(sum, [1]) == 1
    workers.close()
