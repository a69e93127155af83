"""Dialling out through the telephone double: the real LiveKit server's API at one end, a number at the other.

What the API answers and what the room sees are livekit-sip's, from real calls and from its source: the double must not
be kinder than it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from google.protobuf.duration_pb2 import Duration
from livekit import api

from local.caller.errors import CallerError
from local.caller.numbers import Numbers
from local.ports import Ports
from local.stack import Stack
from tests.support.dialler import OURS, Dialler, dialling

THEIRS, OTHER = "+15550123", "+15550145"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Redis, livekit-server and the double."""
    folder = tmp_path_factory.mktemp("outbound")
    only = ("redis", "livekit", "telephone")
    async with Stack(folder, Ports.free(), only=only, config=folder / "none.yaml") as running:
        yield running


@pytest_asyncio.fixture
async def numbers(stack: Stack) -> AsyncIterator[Numbers]:
    async with Numbers(stack.info.telephone_url) as found, asyncio.timeout(40):
        await found.forget()
        yield found


@pytest_asyncio.fixture
async def dialler(stack: Stack) -> AsyncIterator[Dialler]:
    async with dialling(stack.info) as found:
        yield found


async def test_an_answered_call_is_dialling_ringing_active(numbers: Numbers, dialler: Dialler) -> None:
    """The participant is there before the answer; only sip.callStatus says that somebody has answered."""
    await numbers.script(THEIRS, "answer", delay_ms=500)
    async with asyncio.TaskGroup() as tasks:
        dialling = tasks.create_task(dialler.dial(THEIRS))
        await dialler.agent.until(lambda: "ringing" in dialler.agent.seen)
        assert not dialling.done()
    made = dialling.result()
    await dialler.agent.until(lambda: dialler.agent.seen[-1:] == ["active"])
    assert [status for status in dialler.agent.seen if status != "dialing"] == ["ringing", "active"]
    attributes = dialler.agent.callers["callee"]
    assert attributes["sip.callID"] == made.sip_call_id
    assert attributes["sip.trunkID"] == dialler.trunk
    assert attributes["sip.phoneNumber"] == THEIRS
    assert attributes["sip.trunkPhoneNumber"] == OURS
    assert [(one["kind"], one["number"], one["room"]) for one in await numbers.dialled()] == [
        ("call", THEIRS, dialler.room)
    ]


@pytest.mark.parametrize(
    ("behaviour", "code", "api_code", "left"),
    [
        ("busy", 486, "resource_exhausted", "USER_REJECTED"),
        ("reject", 603, "permission_denied", "USER_REJECTED"),
        ("unavailable", 480, "resource_exhausted", "USER_UNAVAILABLE"),
        ("unreachable", 503, "failed_precondition", "CLIENT_INITIATED"),
    ],
)
async def test_a_refused_call_has_its_sip_status(
    numbers: Numbers, dialler: Dialler, behaviour: str, code: int, api_code: str, left: str
) -> None:
    """The API's error carries the carrier's status; the room sees the participant go, as far as the server says why."""
    await numbers.script(THEIRS, behaviour, delay_ms=50)
    with pytest.raises(api.SipCallError) as refused:
        await dialler.dial(THEIRS)
    assert (refused.value.sip_status_code, refused.value.code) == (code, api_code)
    await dialler.agent.until(lambda: bool(dialler.agent.left))
    assert dialler.agent.left == [("callee", left)]


async def test_nobody_answers(numbers: Numbers, dialler: Dialler) -> None:
    """The ringing timeout is `canceled` without a SIP status, so that no client tries it again by itself."""
    await numbers.script(THEIRS, "no-answer")
    with pytest.raises(api.ServerError) as unanswered:
        await dialler.dial(THEIRS, ringing_timeout=Duration(seconds=1))
    assert unanswered.value.code == "canceled"
    assert "sip_status_code" not in unanswered.value.metadata
    await dialler.agent.until(lambda: bool(dialler.agent.left))
    assert dialler.agent.left == [("callee", "USER_UNAVAILABLE")]
    assert "active" not in dialler.agent.seen


async def test_a_number_that_nobody_has(numbers: Numbers, dialler: Dialler) -> None:
    """A test that dials what it did not mean to is told so."""
    with pytest.raises(api.SipCallError) as refused:
        await dialler.dial(THEIRS)
    assert refused.value.sip_status_code == 404
    assert [one["number"] for one in await numbers.dialled()] == [THEIRS]


async def test_a_callee_who_hangs_up(numbers: Numbers, dialler: Dialler) -> None:
    """By BYE, a moment after the answer."""
    await numbers.script(THEIRS, "answer", after_ms=200)
    await dialler.dial(THEIRS)
    await dialler.agent.until(lambda: bool(dialler.agent.left))
    assert dialler.agent.left == [("callee", "CLIENT_INITIATED")]
    assert dialler.agent.seen[-1] == "hangup"


async def test_a_call_that_vanishes_is_missed_late(numbers: Numbers, dialler: Dialler) -> None:
    """No BYE: the participant stays, silent, until livekit-sip's media timeout; then it goes without a word of why."""
    await numbers.script(THEIRS, "drop", after_ms=100, silent_ms=700)
    await dialler.dial(THEIRS)
    answered = time.monotonic()
    await dialler.agent.until(lambda: bool(dialler.agent.left))
    assert time.monotonic() - answered >= 0.7
    assert dialler.agent.left == [("callee", "CLIENT_INITIATED")]
    assert "hangup" not in dialler.agent.seen


async def test_not_waiting_for_the_answer(numbers: Numbers, dialler: Dialler) -> None:
    """The API returns at once; max_call_duration ends such a call, ringing included."""
    await numbers.script(THEIRS, "answer", delay_ms=200)
    await dialler.dial(THEIRS, wait=False, max_call_duration=Duration(seconds=1))
    assert "active" not in dialler.agent.seen
    await dialler.agent.until(lambda: bool(dialler.agent.left))
    assert dialler.agent.seen[-3:] == ["ringing", "active", "hangup"]


async def test_the_longest_call_counts_from_the_dial(numbers: Numbers, dialler: Dialler) -> None:
    """max_call_duration is ringing and talk together, as in livekit-sip: what rings for most of it is cut off soon
    after the answer, what rings for longer is never answered."""
    await numbers.script(THEIRS, "answer", delay_ms=2_000)
    began = time.monotonic()
    await dialler.dial(THEIRS, max_call_duration=Duration(seconds=3))
    await dialler.agent.until(lambda: bool(dialler.agent.left))
    assert time.monotonic() - began < 5.0, "counted from the answer"
    assert dialler.agent.left == [("callee", "CLIENT_INITIATED")]
    await numbers.script(OTHER, "answer", delay_ms=5_000)
    with pytest.raises(api.ServerError, match="canceled"):
        await dialler.dial(OTHER, max_call_duration=Duration(seconds=1))


async def test_who_removes_the_participant_ends_the_ringing(numbers: Numbers, dialler: Dialler) -> None:
    """CANCEL: so an order is taken back while it rings."""
    await numbers.script(THEIRS, "no-answer")

    async def dial_in_vain() -> None:
        with pytest.raises(api.ServerError, match="canceled"):
            await dialler.dial(THEIRS)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(dial_in_vain())
        await dialler.agent.until(lambda: "ringing" in dialler.agent.seen)
        await dialler.remove()


async def test_a_transfer_goes_through(numbers: Numbers, dialler: Dialler) -> None:
    """The API returns when the target answers; the participant leaves a second later."""
    await numbers.script(THEIRS, "answer")
    await numbers.script(OTHER, "answer", delay_ms=200)
    await dialler.dial(THEIRS)
    await dialler.transfer(OTHER)
    assert dialler.agent.left == []
    await dialler.agent.until(lambda: bool(dialler.agent.left))
    assert dialler.agent.left == [("callee", "CLIENT_INITIATED")]
    assert [(one["kind"], one["number"]) for one in await numbers.dialled()] == [("call", THEIRS), ("transfer", OTHER)]


async def test_a_refused_transfer_leaves_the_call_as_it_was(numbers: Numbers, dialler: Dialler) -> None:
    """The target's own status; nobody leaves."""
    await numbers.script(THEIRS, "answer")
    await numbers.script(OTHER, "busy", delay_ms=100)
    await dialler.dial(THEIRS)
    with pytest.raises(api.SipCallError) as refused:
        await dialler.transfer(OTHER)
    assert refused.value.sip_status_code == 486
    await numbers.script(OTHER, "refuse-transfer", code=405, reason="Method Not Allowed")
    with pytest.raises(api.SipCallError) as refused:
        await dialler.transfer(OTHER)
    assert (refused.value.sip_status_code, refused.value.sip_status) == (405, "Method Not Allowed")
    assert dialler.agent.left == []
    with pytest.raises(api.SipCallError) as nobody:
        await dialler.dial(OTHER, identity="another")
    assert nobody.value.sip_status_code == 404, "the number itself refuses nothing: there is nobody at it"


async def test_a_script_that_means_nothing_is_refused(numbers: Numbers) -> None:
    with pytest.raises(CallerError, match="no behaviour"):
        await numbers.script(THEIRS, "sulk")
    with pytest.raises(CallerError, match="unknown field"):
        await numbers.script(THEIRS, "busy", dely_ms=3)
