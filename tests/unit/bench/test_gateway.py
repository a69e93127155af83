"""The gateway's benchmark: what is counted, what is compared, and when a demand is met."""

from __future__ import annotations

import pytest

from bench.gateway_figures import demands, latency, ratios, throughput
from bench.open_loop import answer_end, arrivals
from bench.wrk import Load, parse

_HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n"


def _sides(**requests_per_s: float) -> dict[str, dict[str, float]]:
    names = {
        "webdis": "webdis GET",
        "one": "gateway GET, 1 process",
        "two": "gateway GET, 2 processes",
        "post_one": 'gateway POST ["GET"], 1 process',
        "post_two": 'gateway POST ["GET"], 2 processes',
        "pipeline": "gateway /pipeline, 1 process",
        "serial": "serial /pipeline, stand-in",
    }
    ops = {"pipeline": 50, "serial": 50}
    one_round = {names[side]: Load(1, each, 1.0, 2.0, 0) for side, each in requests_per_s.items()}
    return throughput([one_round], {names[side]: ops.get(side, 1) for side in requests_per_s})


def test_wrk_s_line_is_read_among_its_words() -> None:
    """Requests over microseconds, not wrk's rounded sum."""
    found = parse("Running 4s test\nfigures 8000 4000000 3 1200 5500\n")
    assert found == Load(8000, 2000.0, 1.2, 5.5, 3)


def test_a_wrk_that_failed_has_no_figures() -> None:
    """It says "unable to connect" and ends well: that must not read as zero requests."""
    with pytest.raises(ValueError, match="no figures"):
        parse("unable to connect to 127.0.0.1:1 Connection refused\n")


def test_a_pipeline_counts_its_operations() -> None:
    """webdis has one a request: requests a second would compare apples with fifty."""
    sides = _sides(webdis=1000, one=600, two=1001, post_one=599, post_two=900, pipeline=100, serial=10)
    found = ratios(sides)
    assert found["gateway /pipeline, 1 process"] == 5.0
    assert found["gateway /pipeline to serial"] == 10.0


def test_each_demand_is_held_against_its_own_figure() -> None:
    """At the limit it is met, a hair below it is not."""
    sides = _sides(webdis=1000, one=600, two=1010, post_one=590, post_two=1000, pipeline=100, serial=10)
    assert list(demands(ratios(sides), 1.5).values()) == [True, True, False, False, True, True]
    assert list(demands(ratios(sides), 1.51).values())[-1] is False


def test_medians_are_taken_over_rounds() -> None:
    """One round beside somebody's compiler must not be the figure."""
    rounds = [{"a": Load(1, rate, 1.0, 2.0, 1, cpu_us=70.0)} for rate in (100.0, 10.0, 110.0)]
    assert throughput(rounds, {"a": 1})["a"] == {
        "requests_per_s": 100.0,
        "ops_per_s": 100.0,
        "p50_ms": 1.0,
        "p99_ms": 2.0,
        "cpu_us": 70.0,
        "errors": 3,
    }


def test_what_is_added_is_the_median_of_the_rounds_differences() -> None:
    """Both sides of one round saw the same machine: the difference of two medians would mix rounds."""
    one = {"redis": {"p50_ms": 0.1, "p99_ms": 0.3}, "gateway": {"p50_ms": 0.5, "p99_ms": 1.3}}
    busy = {"redis": {"p50_ms": 0.1, "p99_ms": 5.3}, "gateway": {"p50_ms": 0.5, "p99_ms": 6.0}}
    other = {"redis": {"p50_ms": 0.1, "p99_ms": 0.4}, "gateway": {"p50_ms": 0.5, "p99_ms": 1.3}}
    found = latency([one, busy, other])
    assert found["gateway"]["added_p99_ms"] == 0.9
    assert found["redis"]["added_p99_ms"] == 0.0


def test_arrivals_are_the_same_for_each_side() -> None:
    """About the rate asked for, in order, and drawn again alike."""
    found = arrivals(1000.0, 4.0, seed=3)
    assert found == arrivals(1000.0, 4.0, seed=3)
    assert found == sorted(found)
    assert 3700 < len(found) < 4300


@pytest.mark.parametrize("answer", [_HTTP + b"hello", b"$5\r\nhello\r\n"])
def test_an_answer_ends_with_its_last_byte(answer: bytes) -> None:
    """Not at the head: a body that comes later is part of the latency."""
    for size in range(1, len(answer)):
        assert answer_end(answer[:size]) == 0, answer[:size]
    assert answer_end(answer + b"more") == len(answer)


@pytest.mark.parametrize(
    "answer", [_HTTP.replace(b"200", b"503") + b"hello", b"-LOADING wait\r\n", b"$-1\r\n"], ids=["http", "redis", "nil"]
)
def test_a_refusal_is_no_quick_answer(answer: bytes) -> None:
    """An overloaded side that says no at once must not look fast."""
    with pytest.raises(ValueError, match=r"503|LOADING|no such key"):
        answer_end(answer)
