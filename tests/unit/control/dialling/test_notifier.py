"""Who ordered a call hears what becomes of it: signed, in order, at the hosts the operator named and nowhere else."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from calls.outbound import DialState
from control.dialling.hooks import place_of, places
from control.dialling.notifier import EVENT_ID, PAUSES_S, SIGNATURE, Notifier
from ops.tasks import TaskSet
from tests.fakes.phone import NEVER_S, Behaviour
from tests.support.a_dialler import HOOK, SIGNED_WITH, World, wanted
from tests.support.outbound import CALLEE, NOON, order
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_each_change_is_told_once_in_order_and_signed() -> None:
    world = World()
    world.phone.script[CALLEE] = Behaviour(talks_s=5.0)
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(webhook=HOOK), "key-1")
        await world.becomes(call.call_id, DialState.COMPLETED)
        await world.clock.sleep(1.0)
    events = [json.loads(body) for _, body, _ in world.post.posted]
    assert [event["event"] for event in events] == [
        *("call.queued", "call.dialling", "call.ringing", "call.answered", "call.completed"),
    ]
    assert {event["call"]["id"] for event in events} == {call.call_id}
    assert {url for url, _, _ in world.post.posted} == {HOOK}
    assert [headers[EVENT_ID] for _, _, headers in world.post.posted] == [f"{call.call_id}-{n}" for n in range(5)]
    for _, body, headers in world.post.posted:
        at, _, signature = headers[SIGNATURE].removeprefix("t=").partition(",v1=")
        expected = hmac.new(SIGNED_WITH.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        assert signature == expected
        assert int(at) == pytest.approx(world.clock.now(), abs=60)


@virtual_time
async def test_one_that_is_down_is_tried_again_and_then_given_up() -> None:
    """With pauses that grow; the next change is told after it, never before."""
    world = World()
    world.post.answers = [0, 500, 302, *[503] * (len(PAUSES_S) - 2)]
    notifier = world.replica().notifier
    began = world.clock.monotonic()
    queued = order(webhook=HOOK)
    notifier.tell(queued)
    notifier.tell(queued.become(DialState.DIALLING, 1.0))
    await world.clock.sleep(sum(PAUSES_S) + 1.0)
    versions = [headers[EVENT_ID][-1] for _, _, headers in world.post.posted]
    assert versions == ["0"] * (len(PAUSES_S) + 1) + ["1"]
    assert world.clock.monotonic() - began >= sum(PAUSES_S)
    assert world.metrics.registry.get_sample_value("control_outbound_webhooks_total", {"outcome": "lost"}) == 1
    await notifier.aclose()


@virtual_time
async def test_what_a_control_that_ends_has_not_told_the_next_one_tells() -> None:
    """In order and with the ids that it had, before anything that comes after; nothing of it is then left to tell."""
    world = World()
    world.phone.script[CALLEE] = Behaviour(rings_s=NEVER_S)
    world.post.answers = [0] * 3
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(webhook=HOOK), "key-1")
        await world.becomes(call.call_id, DialState.RINGING)
    world.post.posted.clear()
    world.post.answers.clear()
    async with world.leading() as calling:
        await world.becomes(call.call_id, DialState.FAILED)
        await world.clock.sleep(1.0)
        told = [(json.loads(body)["event"], headers[EVENT_ID]) for _, body, headers in world.post.posted]
        assert told == [
            (f"call.{state}", f"{call.call_id}-{version}")
            for version, state in enumerate(("queued", "dialling", "ringing", "failed"))
        ]
        assert await world.calls.untold() == []


@virtual_time
async def test_what_cannot_be_read_at_first_is_told_later_and_what_is_a_day_old_never() -> None:
    """A store that is down when control begins; a call of yesterday, whose change nobody took all day."""
    world = World()
    old = order("call-0", asked_at=NOON - 25 * 3600, webhook=HOOK)
    await world.calls.order(old, "key-0")
    await world.calls.order(order(webhook=HOOK), "key-1")
    notifier, tasks = world.replica().notifier, TaskSet("test")
    world.calls.is_down = True
    tasks.spawn(notifier.sweep(), name="sweep")
    await world.clock.sleep(1.0)
    world.calls.is_down = False
    await world.clock.sleep(10.0)
    assert [headers[EVENT_ID] for _, _, headers in world.post.posted] == ["call-1-0"]
    assert world.metrics.registry.get_sample_value("control_outbound_webhooks_total", {"outcome": "lost"}) == 1
    assert await world.calls.untold() == []
    await tasks.aclose()
    await notifier.aclose()


@virtual_time
async def test_what_another_replica_tells_is_left_to_it_while_it_may() -> None:
    """Ordered at a replica that does not lead, and whose host is slow to answer."""
    world = World()
    async with world.leading() as calling:
        await world.clock.sleep(1.0)
        await world.calls.order(replace(order(webhook=HOOK), not_before=NOON + 1e6), "key-1")
        await world.clock.sleep(1700.0)
        assert world.post.posted == []
        await world.clock.sleep(300.0)
        assert len(world.post.posted) == 1
        assert calling.notifier.allows(HOOK)


@virtual_time
async def test_a_host_that_is_not_named_any_more_is_not_told() -> None:
    """The list is asked again when a call that was ordered before it changed is told of."""
    world = World()
    notifier = world.replica().notifier
    notifier.tell(order(webhook="https://elsewhere.example.com/"))
    notifier.tell(order(webhook=""))
    await world.calls.order(order("call-2", webhook="https://elsewhere.example.com/"), "key-2")
    assert await notifier.take_up()
    await world.clock.sleep(1.0)
    assert (world.post.posted, await world.calls.untold()) == ([], [])
    unsigned = Notifier("", places("crm.example.com"), world.calls, world.post, world.clock, world.metrics)
    assert not unsigned.allows(HOOK)


@pytest.mark.parametrize(
    "url",
    [
        *("http://crm.example.com/", "https://crm.example.com:444/", "https://crm.example.com.evil.example/"),
        *(
            "https://crm.example.com@evil.example/",
            "https://evil.example/?crm.example.com",
            "https://crm.example.com#@x",
        ),
        *("https://crm.example.com\\@evil.example/", "https://CRM.example.com/", "https://crm.example.com/\r\nX: y"),
        *(
            "https://169.254.169.254/latest/meta-data",
            "http://127.0.0.1/",
            "http://localhost:8400/",
            "file:///etc/passwd",
        ),
        *("ftp://crm.example.com/", "https://", "//crm.example.com/", "https://crm.example.com /", ""),
        "https://crm.example.com/" + "a" * 500,
    ],
)
def test_control_cannot_be_sent_to_a_place_of_the_callers_choice(url: str) -> None:
    """No metadata service, no neighbour on the network, no trick with two parsers."""
    assert place_of(url) not in places("crm.example.com")


def test_hosts_as_the_operator_writes_them() -> None:
    assert places("crm.example.com, http://127.0.0.1:9000 ,") == {
        ("https", "crm.example.com", 443),
        ("http", "127.0.0.1", 9000),
    }
    assert place_of("http://127.0.0.1:9000/calls?x=1") in places("http://127.0.0.1:9000")
    for wrong in ("crm.example.com/path", "*.example.com", "https://user@x.example", "crm.example.com:99999"):
        with pytest.raises(ValueError, match="host"):
            places(wrong)
