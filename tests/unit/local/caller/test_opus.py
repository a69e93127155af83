"""Opus as the line carries it."""

from __future__ import annotations

import numpy as np

from local.caller.opus import FRAME, OpusDecoder, OpusEncoder
from local.caller.sound import WIRE_RATE


def test_sound_goes_through_and_keeps_its_length() -> None:
    """50 packets are a second, at the level that went in."""
    at = np.arange(WIRE_RATE)
    tone = (8000 * np.sin(2 * np.pi * 440 * at / WIRE_RATE)).astype(np.int16)
    encoder, decoder = OpusEncoder(), OpusDecoder()
    packets = [encoder.encode(frame) for frame in tone.reshape(-1, FRAME)]
    heard = np.concatenate([decoder.decode(packet) for packet in packets])
    assert len(heard) == len(tone)
    assert 7000 < np.abs(heard[FRAME * 5 :]).max() < 9000


def test_a_broken_packet_is_silence_and_the_next_one_is_heard() -> None:
    """What comes from a network may be anything; it must not end the call."""
    encoder, decoder = OpusEncoder(), OpusDecoder()
    assert len(decoder.decode(b"")) == 0
    assert len(decoder.decode(b"\xff\xff\xff\xff")) == 0
    assert len(decoder.decode(encoder.encode(np.zeros(FRAME, np.int16)))) == FRAME
