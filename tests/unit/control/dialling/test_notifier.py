"""Who ordered a call hears what becomes of it: signed, in order, at the hosts the operator named and nowhere else."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from calls.outbound import DialState
from control.dialling.hooks import place_of, places
from control.dialling.notifier import EVENT_ID, PAUSES_S, SIGNATURE, Notifier
from tests.fakes.phone import Behaviour
from tests.support.a_dialler import HOOK, SIGNED_WITH, World, wanted
from tests.support.outbound import CALLEE, order
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
async def test_a_host_that_is_not_named_any_more_is_not_told() -> None:
    """The list is asked again when a call that was ordered before it changed is told of."""
    world = World()
    notifier = world.replica().notifier
    notifier.tell(order(webhook="https://elsewhere.example.com/"))
    notifier.tell(order(webhook=""))
    await world.clock.sleep(1.0)
    assert world.post.posted == []
    unsigned = Notifier("", places("crm.example.com"), world.post, world.clock, world.metrics)
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
