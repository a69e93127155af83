"""Range requests, by RFC 9110 section 14."""

from __future__ import annotations

import pytest

from state_gateway.storage.ranges import Span, Unsatisfiable, span


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-0", Span(0, 0)),
        ("bytes=2-5", Span(2, 5)),
        ("Bytes = 2-5", Span(2, 5)),
        ("bytes=7-", Span(7, 9)),
        ("bytes=7-99", Span(7, 9)),
        ("bytes=-3", Span(7, 9)),
        ("bytes=-99", Span(0, 9)),
    ],
)
def test_one_range_is_cut_to_the_object(header: str, wanted: Span) -> None:
    """Ten bytes: a range that reaches past the end is what there is of it."""
    assert span(header, 10) == wanted


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b", "bytes=٣-٤", "0-1"],
)
def test_what_is_no_single_range_of_bytes_means_the_whole_object(header: str | None) -> None:
    """The RFC lets a server ignore it; an error would break clients that try several ranges first."""
    assert span(header, 10) is None


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=99-100", 10), ("bytes=-0", 10), ("bytes=0-", 0)]
)
def test_a_range_outside_the_object_is_said_to_be_so(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        span(header, size)


def test_a_number_of_any_length_does_no_harm() -> None:
    """Thousands of digits are not read as a number."""
    assert span(f"bytes=0-{'9' * 5000}", 10) is None


def test_content_range_names_both_ends_and_the_size() -> None:
    assert Span(2, 5).content_range(10) == "bytes 2-5/10"
    assert Span(2, 5).bytes == 4
