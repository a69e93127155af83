"""Names of objects: what leads out of a prefix, or has two spellings, is refused before anybody looks at prefixes."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from state_gateway.errors import Refused
from state_gateway.storage import paths


@pytest.mark.parametrize(
    "name",
    [
        "calls/a.wav",
        "a",
        "calls/Grüße/日本 語.wav",
        "calls/…/x",
        "calls/.hidden",
        "calls/a..b",
        "calls/🎧.wav",
        "a" * 1024,
    ],
)
def test_an_honest_name_comes_through_unchanged(name: str) -> None:
    """Any language, spaces, dots inside a name: what was written is what is asked for."""
    assert paths.from_url(quote(name).encode()) == name
    assert paths.checked(name) == name


@pytest.mark.parametrize(
    "raw",
    [
        *(
            b"..",
            b".",
            b"",
            b"/",
            b"/etc/passwd",
            b"calls/",
            b"calls//a",
            b"calls/../secrets",
            b"calls/./a",
            b"calls/..",
        ),
        *(
            b"calls/%2e%2e/a",
            b"calls/%2E./a",
            b"calls/.%2e/a",
            b"calls%2fa",
            b"calls%2F..%2Fa",
            b"calls%5ca",
            b"calls\\a",
        ),
        *(b"calls/%252e%252e/a", b"calls/%25252e/a", b"calls/%c0%ae%c0%ae/a", b"calls/%c0%af", b"%ff"),
        *(b"a%00b", b"a%0d%0ab", b"a%0ab", b"a%7f", b"a%1b[31m", b"a%c2%85b", b"a%e2%80%a8b", b"a%ef%bf%bf"),
        *(b"a%ed%a0%80", b"a%2", b"a%zz", b"%", b"a" * 1025, quote("ü" * 513).encode()),
    ],
)
def test_a_name_that_is_no_plain_name_is_refused(raw: bytes) -> None:
    """Dots, empty parts, second encodings, overlong UTF-8, control characters, half surrogates, 1025 bytes."""
    with pytest.raises(Refused) as caught:
        paths.from_url(raw)
    assert (caught.value.status, caught.value.code) == (400, "bad_path")


@pytest.mark.parametrize("raw", [b"gs://other/a", b"GS://other/a", b"gs:/other/a", b"https://host/a", b"s3://other/a"])
def test_another_bucket_is_refused_as_such(raw: bytes) -> None:
    """403: nothing a client writes reaches any other bucket."""
    with pytest.raises(Refused) as caught:
        paths.from_url(raw)
    assert (caught.value.status, caught.value.code) == (403, "forbidden")


@pytest.mark.parametrize("name", ["", "..", "a/../b", "/a", "a\\b", "a\x00b", "a%2e%2e/b", "\ud800", "a\u2028b"])
def test_a_name_in_a_query_is_held_to_the_same_rules(name: str) -> None:
    """It was decoded once already."""
    with pytest.raises(Refused):
        paths.checked(name)
