"""A worker whose clock is wrong signs by the gateway's, as soon as it was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import formatdate

import pytest

from calls.ports import StoreDown
from calls.stores.http import HttpExecutor
from calls.stores.link import Answer
from calls.stores.signer import Signer
from ops.signatures import BadSignature, verify
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_wire import Wire, no, ok
from tests.support.virtual_time import virtual_time

PING = [("PING",)]
COUNT = [("INCR", "k")]
SECRET = "s" * 64


def client(wire: Wire, clock: FakeClock) -> HttpExecutor:
    return HttpExecutor(wire, "sk_abcdefgh_secret", Signer("abcdefgh", SECRET, clock), clock, chance=lambda: 1.0)


def gateway(clock: FakeClock) -> Callable[[Mapping[str, str], bytes], Answer]:
    """Verifies as the gateway does, and tells its time where that is what is wrong."""
    seen: set[str] = set()
    secret_of = {"abcdefgh": SECRET.encode()}.get

    def answers(headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            signed = verify("POST", "/pipeline", "", body, headers, secret_of=secret_of, now=clock.now())
        except BadSignature as error:
            return no(401, error.reason, date=formatdate(clock.now(), usegmt=True))
        assert (signed.key_id, signed.nonce in seen) == ("abcdefgh", False)
        seen.add(signed.nonce)
        return ok(body)

    return answers


@pytest.mark.parametrize("off_s", [0.0, -3600.0, 420.0])
@virtual_time
async def test_a_clock_that_is_wrong_corrects_itself(off_s: float) -> None:
    """Five minutes and more: the second attempt is signed by the gateway's clock, and so is all that follows."""
    theirs, ours = FakeClock(), FakeClock()
    ours.jump(off_s)
    wire = Wire(*[gateway(theirs)] * 4)
    executor = client(wire, ours)
    assert await executor.run(COUNT) == ["k"]
    first = len(wire.sent)
    assert first == (1 if off_s == 0 else 2)
    assert await executor.run(COUNT) == ["k"]
    assert len(wire.sent) == first + 1


@virtual_time
async def test_a_clock_that_cannot_be_corrected_is_an_outage() -> None:
    """Once, not for ever: with no Date, or one that does not help."""
    clock = FakeClock()
    for headers in ({}, {"date": "nonsense"}, {"date": "Mon, 21 Sep 2026 14:13:20 GMT"}):
        wire = Wire(*[no(401, "clock_skew", **headers)] * 5)
        with pytest.raises(StoreDown, match="STATE_SIGNING_KEY"):
            await client(wire, clock).run(PING)
        assert len(wire.sent) <= 2
