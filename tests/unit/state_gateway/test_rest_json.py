"""JSON to commands and back, without a gateway around it."""

from __future__ import annotations

import pytest

from state_gateway import rest_json
from state_gateway.errors import Refused
from state_gateway.lane import ReplyError


def test_text_numbers_and_booleans() -> None:
    assert rest_json.one_command(b'["SET", "k", -0.50, 1E3, true, false, 9007199254740993, "\\u2603"]') == (
        b"SET",
        b"k",
        b"-0.50",
        b"1E3",
        b"true",
        b"false",
        b"9007199254740993",
        "☃".encode(),
    )


def test_only_the_command_with_numbers_is_read_again() -> None:
    """The others stay as they are, and each keeps its place."""
    assert rest_json.many_commands(b'[["GET", "a"], ["SET", "b", 1.0], ["GET", "c"]]', 10) == [
        (b"GET", b"a"),
        (b"SET", b"b", b"1.0"),
        (b"GET", b"c"),
    ]


def test_many_digits_arrive_and_too_many_are_400() -> None:
    """What no float can hold is refused, not cut: written as a string it goes."""
    digits = b"9" * 300
    assert rest_json.one_command(b'["SET", "k", %b]' % digits)[2] == digits
    for number in (b"9" * 5000, b"1e400"):
        with pytest.raises(Refused):
            rest_json.one_command(b'["SET", "k", %b]' % number)


@pytest.mark.parametrize("body", [b'["GET", {"a": 1.5}]', b'["GET", null, 1]', b'["GET", [[[1.5]]]]', b'[true, "k"]'])
def test_what_is_no_argument_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        rest_json.one_command(body)
    assert refused.value.status == 400


def test_too_many_commands_are_refused_before_they_are_looked_at() -> None:
    with pytest.raises(Refused) as refused:
        rest_json.many_commands(b"[1, 2, 3]", 2)
    assert refused.value.status == 413


def test_an_error_inside_a_list_stays_an_error() -> None:
    """A script may return a table with one; EXEC's are answered one by one."""
    body = rest_json.dumps(rest_json.result([1, ReplyError("ERR no"), None], base64=False))
    assert body == b'{"result":[1,{"error":"ERR no"},null]}'
    assert rest_json.result(ReplyError("ERR no"), base64=True) == {"error": "ERR no"}


def test_base64_leaves_ok_and_numbers() -> None:
    assert rest_json.result([b"OK", 7, None, [b"\xff"]], base64=True) == {"result": ["OK", 7, None, ["/w=="]]}
