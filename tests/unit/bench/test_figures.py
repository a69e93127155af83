"""Percentiles and tables."""

from __future__ import annotations

from bench.figures import percentile, ratio, table


def test_a_figure_of_nothing_is_no_figure() -> None:
    """An agent that never answered has no latency: neither 0 nor a crash."""
    assert percentile([], 50) is None
    assert percentile([None, None], 95) is None
    assert ratio(100.0, None) is None


def test_percentiles_lie_between_ranks_and_pass_over_what_is_missing() -> None:
    """The 95th of few values is interpolated, as numpy and the published figures have it."""
    assert percentile([100.0, None, 200.0], 50) == 150.0
    assert percentile([0.0, 100.0], 95) == 95.0


def test_a_table_has_a_dash_for_what_is_not_known() -> None:
    """None in a table would be read as a name."""
    assert table([["agent", "p50"], ["bare", 1095.4], ["none", None]]).splitlines() == [
        "agent   p50",
        "bare   1095",
        "none      -",
    ]
