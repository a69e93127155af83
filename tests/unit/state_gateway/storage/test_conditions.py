"""Preconditions: which write may happen, which read has to send bytes at all."""

from __future__ import annotations

import pytest

from state_gateway.errors import Refused
from state_gateway.storage.conditions import Condition, etag, of_write, range_applies, unchanged


@pytest.mark.parametrize(
    ("query", "headers", "condition"),
    [
        ({}, {}, Condition()),
        ({"ifGenerationMatch": "0"}, {}, Condition(match=0)),
        ({"ifGenerationMatch": "1795264077043349"}, {}, Condition(match=1795264077043349)),
        ({}, {"if-match": '"17"'}, Condition(match=17)),
        ({}, {"if-match": "*"}, Condition(unless=0)),
        ({}, {"if-none-match": "*"}, Condition(match=0)),
    ],
)
def test_both_ways_of_writing_a_precondition(
    query: dict[str, str], headers: dict[str, str], condition: Condition
) -> None:
    """Google's parameter, and HTTP's own headers with the ETag that a read gave."""
    assert of_write(query, headers) == condition


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({"ifGenerationMatch": ""}, {}),
        ({"ifGenerationMatch": "-1"}, {}),
        ({"ifGenerationMatch": "1e3"}, {}),
        ({"ifGenerationMatch": "9" * 20}, {}),
        ({"ifGenerationMatch": "*"}, {}),
        ({"ifGenerationMatch": "1"}, {"if-match": '"1"'}),
        ({}, {"if-match": '"1", "2"'}),
        ({}, {"if-match": 'W/"1"'}),
        ({}, {"if-none-match": '"1"'}),
    ],
)
def test_a_precondition_that_is_not_understood_is_never_ignored(query: dict[str, str], headers: dict[str, str]) -> None:
    """Ignored, it would overwrite what it was to protect."""
    with pytest.raises(Refused) as caught:
        of_write(query, headers)
    assert caught.value.status == 400


def test_a_reader_who_has_this_generation_is_told_so() -> None:
    assert unchanged({"if-none-match": etag(7)}, 7)
    assert unchanged({"if-none-match": f'"1", W/{etag(7)}'}, 7)
    assert unchanged({"if-none-match": "*"}, 7)
    assert not unchanged({"if-none-match": etag(8)}, 7)
    assert not unchanged({}, 7)


def test_a_reader_who_wants_another_generation_gets_none() -> None:
    with pytest.raises(Refused) as caught:
        unchanged({"if-match": etag(8)}, 7)
    assert caught.value.status == 412
    assert not unchanged({"if-match": etag(7)}, 7)


def test_a_part_is_sent_only_of_the_generation_the_rest_is_of() -> None:
    """If-Range: else a resumed download would be glued together from two objects."""
    assert range_applies({}, 7)
    assert range_applies({"if-range": etag(7)}, 7)
    assert not range_applies({"if-range": etag(8)}, 7)
    assert not range_applies({"if-range": "Wed, 21 Oct 2026 07:28:00 GMT"}, 7)
