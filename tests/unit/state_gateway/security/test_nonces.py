"""A signed request counts once, on whichever replica, with Redis or without."""

from __future__ import annotations

import pytest

from state_gateway.errors import Refused
from state_gateway.metrics import Metrics
from state_gateway.security.nonces import Nonces
from tests.fakes.clock import FakeClock
from tests.support.gateway_door import TinyRedis


async def _refusal(nonces: Nonces, nonce: str = "nonce-1") -> Refused:
    with pytest.raises(Refused) as refused:
        await nonces.spend("key", nonce)
    return refused.value


async def test_replicas_share_what_they_saw() -> None:
    """The second use is refused, here and there; another key's same nonce is its own."""
    redis, clock = TinyRedis(), FakeClock()
    one, two = (Nonces(redis, clock, Metrics()) for _ in range(2))
    await one.spend("key", "nonce-1")
    for replica in (one, two):
        refused = await _refusal(replica)
        assert (refused.status, refused.code) == (401, "replayed")
    await two.spend("other", "nonce-1")


async def test_redis_keeps_a_nonce_as_long_as_its_signature_is_good() -> None:
    """A clock 5 min ahead signs what is good for 10 min; the key is the gateway's own, out of any client's prefix."""
    redis = TinyRedis()
    await Nonces(redis, FakeClock(), Metrics()).spend("key", "nonce-1")
    assert redis.keys == {
        b"state-gateway:nonce:key:nonce-1": (b"SET", b"state-gateway:nonce:key:nonce-1", b"1", b"NX", b"PX", b"600000")
    }


async def test_with_redis_away_calls_go_on_and_replays_do_not() -> None:
    """What this process has seen it knows, also what it saw before Redis went."""
    redis, metrics = TinyRedis(), Metrics()
    nonces = Nonces(redis, FakeClock(), metrics)
    await nonces.spend("key", "nonce-0")
    redis.away = True
    await nonces.spend("key", "nonce-1")
    assert (await _refusal(nonces, "nonce-0")).code == (await _refusal(nonces)).code == "replayed"
    assert metrics.registry.get_sample_value("gateway_nonces_here_total") == 1


async def test_when_nobody_could_tell_the_request_is_refused() -> None:
    """Redis away and this memory full: 503, until the oldest nonce is too old to be used again."""
    redis, clock = TinyRedis(), FakeClock()
    nonces = Nonces(redis, clock, Metrics(), most=2)
    redis.away = True
    await nonces.spend("key", "nonce-1")
    clock.advance(1)
    await nonces.spend("key", "nonce-2")
    refused = await _refusal(nonces, "nonce-3")
    assert (refused.status, refused.code, refused.retry_after_s) == (503, "store_down", 1)
    redis.away = False
    await nonces.spend("key", "nonce-3")
    redis.away = True
    clock.advance(599.5)
    await nonces.spend("key", "nonce-4")
