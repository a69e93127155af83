"""The read cache's own rules: what is kept, for how long, and what a write in between does."""

from __future__ import annotations

from state_gateway.metrics import Metrics
from state_gateway.read_cache import ReadCache
from tests.fakes.clock import FakeClock


def _cache(clock: FakeClock, entries: int = 10, size: int = 1_000_000) -> ReadCache:
    cache = ReadCache({b"a:": 1.0, b"a:long:": 5.0}, entries, size, clock, Metrics())
    cache.on()
    return cache


def _keep(cache: ReadCache, key: bytes, value: bytes | None = b"v") -> None:
    cache.keep(key, value, cache.asking(key))


def test_a_write_between_question_and_answer_wins() -> None:
    """The invalidation may overtake the answer, which is old then: it must not be kept."""
    cache = _cache(FakeClock())
    token = cache.asking(b"a:k")
    cache.forget([b"a:k"])
    cache.keep(b"a:k", b"old", token)
    assert cache.look(b"a:k") == (False, None)


def test_of_two_questions_only_the_later_is_kept() -> None:
    cache = _cache(FakeClock())
    first, second = cache.asking(b"a:k"), cache.asking(b"a:k")
    cache.keep(b"a:k", b"first", first)
    assert cache.look(b"a:k") == (False, None)
    cache.keep(b"a:k", b"second", second)
    assert cache.look(b"a:k") == (True, b"second")


def test_off_knows_nothing_and_keeps_nothing() -> None:
    """A question from before the connection was lost is not kept after it came back."""
    cache = _cache(FakeClock())
    _keep(cache, b"a:k")
    token = cache.asking(b"a:j")
    cache.off()
    assert cache.look(b"a:k") == (False, None)
    cache.on()
    cache.keep(b"a:j", b"v", token)
    assert cache.look(b"a:j") == (False, None)


def test_a_value_does_not_outlive_its_key() -> None:
    """What Redis gave it to live counts from the question: the answer may have been under way for long."""
    clock = FakeClock()
    cache = _cache(clock)
    asked = cache.asking(b"a:k")
    clock.advance(0.2)
    cache.keep(b"a:k", b"v", asked, 0.5)
    clock.advance(0.25)
    assert cache.look(b"a:k") == (True, b"v")
    clock.advance(0.1)
    assert cache.look(b"a:k") == (False, None)
    cache.keep(b"a:k", b"v", cache.asking(b"a:k"), 0.0)
    assert cache.look(b"a:k") == (False, None)


def test_the_longest_prefix_says_how_long() -> None:
    clock = FakeClock()
    cache = _cache(clock)
    _keep(cache, b"a:k", None)
    _keep(cache, b"a:long:k")
    assert cache.look(b"a:k") == (True, None)  # that there is none is an answer too
    clock.advance(1.1)
    assert cache.look(b"a:k") == (False, None)
    assert cache.look(b"a:long:k") == (True, b"v")


def test_it_is_bounded_in_entries_and_bytes() -> None:
    """The oldest goes; a value that would fill much of it is not kept at all."""
    few = _cache(FakeClock(), entries=3)
    for number in range(5):
        _keep(few, b"a:%d" % number)
    assert [few.look(b"a:%d" % number)[0] for number in range(5)] == [False, False, True, True, True]
    small = _cache(FakeClock(), size=4_000)
    _keep(small, b"a:huge", b"x" * 1_000)
    assert small.look(b"a:huge") == (False, None)
    for number in range(20):
        _keep(small, b"a:%d" % number, b"x" * 200)
    kept = sum(small.look(b"a:%d" % number)[0] for number in range(20))
    assert 0 < kept <= 10


def test_prefixes_for_redis_do_not_overlap() -> None:
    """CLIENT TRACKING refuses prefixes of which one begins with the other."""
    assert _cache(FakeClock()).prefixes == (b"a:",)
