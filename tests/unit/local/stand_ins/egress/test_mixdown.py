"""The file of a recording: both sides on one clock, to within 20 ms, of the length and bitrate asked for."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from local.caller.opus import FRAME, OpusEncoder
from local.caller.sound import WIRE_RATE, Pcm, silence, tone
from local.stand_ins.egress.mixdown import mix

_NS = 1_000_000_000
_SLACK = 0.02


def _packets(pcm: Pcm, began_s: float, stamp: int) -> bytes:
    """As spool.go writes them: sent from `began_s` on, one each 20 ms."""
    encoder, out = OpusEncoder(), b""
    for number in range(len(pcm) // FRAME):
        packet = encoder.encode(pcm[number * FRAME : (number + 1) * FRAME])
        arrived = round((began_s + number / 50) * _NS)
        out += struct.pack("<QIH", arrived, (stamp + number * FRAME) % 2**32, len(packet)) + packet
    return out


def _mixed(folder: Path, from_s: float, to_s: float, *tracks: tuple[bool, bytes]) -> np.ndarray:
    for number, (_, packets) in enumerate(tracks):
        (folder / f"{number}.packets").write_bytes(packets)
    named = [{"file": f"{number}.packets", "agent": agent} for number, (agent, _) in enumerate(tracks)]
    asked = {"from_ns": round(from_s * _NS), "to_ns": round(to_s * _NS), "bitrate": 32_000, "tracks": named}
    (folder / "recording.json").write_text(json.dumps(asked))
    mix(folder)
    with av.open(str(folder / "recording.ogg"), "r") as file:
        frames = [frame.to_ndarray() for frame in file.decode(file.streams.audio[0])]
    return np.concatenate(frames, axis=1)


def _heard(side: np.ndarray) -> tuple[float, float]:
    on = np.flatnonzero(np.abs(side) > 0.05)
    return on[0] / WIRE_RATE, on[-1] / WIRE_RATE


def test_both_sides_lie_on_one_clock(tmp_path: Path) -> None:
    """Latencies are measured from this file: a side that is off is a latency that is wrong."""
    agent = np.concatenate([silence(1.0), tone(440, 1.0), silence(1.0)])
    caller = np.concatenate([silence(0.5), tone(880, 0.5), silence(2.0)])
    left, right = _mixed(
        tmp_path, 1.5, 6.01, (True, _packets(agent, 2.0, 2**32 - 5000)), (False, _packets(caller, 2.3, 77))
    )
    assert _heard(left) == pytest.approx((1.5, 2.5), abs=_SLACK)
    assert _heard(right) == pytest.approx((1.3, 1.8), abs=_SLACK)
    assert len(left) / WIRE_RATE == pytest.approx(4.51, abs=0.001)


def test_callers_and_colleagues_are_heard_together_and_nothing_outside_the_recording(tmp_path: Path) -> None:
    """Two on the right side are mixed; what was said before the start and after the end is cut off."""
    long = tone(440, 4.0)
    left, right = _mixed(
        tmp_path,
        *(1.0, 3.0),
        *((False, _packets(long, 0.0, 0)), (False, _packets(tone(880, 0.5), 2.0, 0))),
    )
    assert _heard(right) == pytest.approx((0.0, 2.0), abs=_SLACK)
    assert np.square(left).mean() < np.square(right).mean() / 1000  # Opus codes both sides together: a trace is left
    loudest = [np.abs(right[round(at * WIRE_RATE) :][: WIRE_RATE // 5]).max() for at in (0.5, 1.2)]
    assert loudest[1] > 1.5 * loudest[0]


def test_a_room_in_which_nobody_spoke_is_a_file_of_silence(tmp_path: Path) -> None:
    """The real one leaves a file too, of the recording's length; also for a last packet that was not written whole."""
    (left, right) = _mixed(tmp_path, 0.0, 1.0, (True, b"\0" * 9))
    assert len(left) == WIRE_RATE
    assert not np.abs(np.array([left, right])).max() > 0.001


def test_it_is_as_large_as_its_bitrate_says(tmp_path: Path) -> None:
    """What an hour costs is counted from this: 32 kbit/s asked for is no more in the file."""
    noise = np.random.default_rng(1).integers(-8000, 8000, 10 * WIRE_RATE).astype(np.int16)
    _mixed(tmp_path, 0.0, 10.0, (True, _packets(noise, 0.0, 0)), (False, _packets(noise[::-1].copy(), 0.0, 0)))
    assert 20_000 < (tmp_path / "recording.ogg").stat().st_size * 8 / 10 < 40_000
