"""The six formats, encoded as the audio comes."""

from __future__ import annotations

from typing import get_args

import pytest

from tests.fakes.tts_engine import tone
from tests.support.tts_audio import decode
from tts_server.audio.encode import CONTENT_TYPES, Format, encoder_for

FORMATS: tuple[Format, ...] = get_args(Format)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("seconds", [0.01, 0.35, 3.0])
def test_all_that_goes_in_can_be_heard(format: Format, seconds: float) -> None:
    """Short ones too, and the tail: opus lost its last page where the container was read before it was closed."""
    pcm, encoder = tone(440, seconds), encoder_for(format)
    data = b"".join(encoder.feed(pcm[at : at + 4_800]) for at in range(0, len(pcm), 4_800)) + encoder.finish()
    heard = decode(data, format)
    assert seconds - 0.001 <= heard.seconds <= seconds + 0.15
    assert heard.peak > 5_000


@pytest.mark.parametrize("format", FORMATS)
def test_bytes_leave_before_the_end(format: Format) -> None:
    """Of two seconds of audio most is given before `finish`."""
    encoder = encoder_for(format)
    early = b"".join(encoder.feed(tone(440, 0.1)) for _ in range(20))
    assert len(early) > 5 * len(encoder.finish())


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_at_all_still_ends_well(format: Format) -> None:
    assert isinstance(encoder_for(format).finish(), bytes)


def test_every_format_has_a_content_type() -> None:
    assert set(CONTENT_TYPES) == set(FORMATS)
