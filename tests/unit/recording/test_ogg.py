"""An OGG/Opus file's length from its first and last bytes, whatever those are."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from recording.ogg import HEAD_BYTES, TAIL_BYTES, Sound, examine, examine_file
from tests.support.ogg_file import ogg_file, page


def _of(data: bytes) -> Sound:
    return examine(data[:HEAD_BYTES], data[-TAIL_BYTES:], len(data))


@pytest.mark.parametrize("seconds", [0.02, 1.0, 59.98, 4 * 3600.0])
def test_length_and_channels_are_the_files_own(seconds: float) -> None:
    """From one frame to four hours, of which a hundred kilobytes are read."""
    found = _of(ogg_file(seconds))
    assert found.duration_s == pytest.approx(seconds)
    assert replace(found, duration_s=0.0) == Sound(channels=2, whole=True)


def test_ffmpegs_file_is_read_as_ffmpeg_meant_it() -> None:
    """Made by ffmpeg 5.1 and libopus: 1 s of silence in stereo, which is 395 bytes."""
    assert examine_file(Path(__file__).parent / "silence.ogg") == Sound(1.0, 2, whole=True)


def test_what_was_recorded_of_a_running_stream_begins_with_its_first_sound() -> None:
    """RFC 7845, 4.5: the first position need not be 0."""
    assert _of(ogg_file(10.0, first=48_000 * 3600)).duration_s == pytest.approx(10.0)


def test_a_file_that_was_cut_off_says_so() -> None:
    """Half of it is there, and that half is counted: a writer that was killed."""
    whole = ogg_file(60.0)
    half = _of(whole[: len(whole) // 2])
    assert not half.whole
    assert half.trouble == ""
    assert 28 < half.duration_s < 32


@pytest.mark.parametrize(
    ("data", "trouble"),
    [
        (b"", "empty"),
        (b"\0" * 200_000, "no_ogg"),
        (b"OggS", "no_ogg"),
        (b"OggS" * 50_000, "no_ogg"),
        (ogg_file(0.0), "empty"),
        (ogg_file(5.0)[:40], "no_ogg"),
        (ogg_file(5.0, codec=b"\x01vorbis\0"), "no_opus"),
        (ogg_file(5.0, channels=0), "no_opus"),
        (ogg_file(5.0).replace(b"Opus", b"Opux", 1), "no_ogg"),  # its checksum says so
        (ogg_file(5.0) + page(b"\xfc", position=2**62, serial=7, number=9), "damaged"),
        (ogg_file(0.0) + page(b"\xfc", position=-5, serial=7, number=9), "empty"),
    ],
)
def test_what_is_none_has_a_word_for_why(data: bytes, trouble: str) -> None:
    """Nobody's file is a crash, and none of these is taken for a recording."""
    assert _of(data).trouble == trouble


def test_a_damaged_last_page_is_not_believed() -> None:
    """One bit in it: the length is that of the page before."""
    data = bytearray(ogg_file(60.0))
    data[-1] ^= 1
    assert 58 < _of(bytes(data)).duration_s < 60


def test_pages_of_another_stream_are_not_counted() -> None:
    """A file with something else behind it."""
    found = _of(ogg_file(5.0) + page(b"\xfc", position=48_000 * 500, serial=99, number=0))
    assert found.duration_s == pytest.approx(5.0)


def test_a_tail_that_is_all_beginnings_ends_in_bounded_time() -> None:
    """A hundred thousand headers of the largest page each: a checksum over each would take minutes."""
    head = ogg_file(5.0)
    evil = (b"OggS\0\0" + b"\1" * 20 + b"\xff" + b"\1" * 255) * 500
    assert examine(head[:HEAD_BYTES], evil[-TAIL_BYTES:], 10**6).trouble == "damaged"


def test_random_damage_is_an_answer() -> None:
    """Any bytes changed, anything cut off: an answer with a length that its size allows, or a word."""
    chance = random.Random(20261121)
    good = ogg_file(20.0)
    for _ in range(400):
        data = bytearray(good[: chance.randrange(len(good))])
        for _ in range(chance.randrange(6)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        found = _of(bytes(data))
        assert found.trouble or 0 < found.duration_s <= 20.0
