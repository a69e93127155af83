"""OGG/Opus files that are right in all but the sound: silent frames of 20 ms, in pages as egress writes them."""

from __future__ import annotations

import struct

_FRAME = b"\xfc\xff\xfe"  # 20 ms of silence in stereo, CELT at 48 kHz
_SAMPLES = 960
_A_PAGE = 50
_LEAD_IN = 312
_SERIAL = 7


def ogg_file(
    seconds: float, *, channels: int = 2, first: int = 0, codec: bytes = b"OpusHead", frame: bytes = _FRAME
) -> bytes:
    """`seconds` long, to the frame. `first`: the position at which it begins."""
    head = codec.ljust(8)[:8] + struct.pack("<BBHIhB", 1, channels, _LEAD_IN, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 4) + b"test" + struct.pack("<I", 0)
    pages = [page(head, position=0, flags=2), page(tags, position=0, number=1)]
    end = first + round(seconds * 48_000) + _LEAD_IN
    frames, number, at = -(-(end - first) // _SAMPLES) if seconds else 0, 2, first
    while frames:
        count = min(_A_PAGE, frames)
        frames, at = frames - count, at + count * _SAMPLES
        position = at if frames else end
        pages.append(page(*[frame] * count, position=position, number=number, flags=0 if frames else 4))
        number += 1
    return b"".join(pages)


def page(*packets: bytes, position: int, number: int = 0, flags: int = 0, serial: int = _SERIAL) -> bytes:
    """One page with a right checksum. Packets of less than 255 bytes."""
    lacing = bytes(map(len, packets))
    header = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, position, serial, number, 0, len(packets)) + lacing
    whole = header + b"".join(packets)
    return whole[:22] + struct.pack("<I", _crc(whole)) + whole[26:]


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
        table.append(value)
    return table


_TABLE = _table()


def _crc(data: bytes) -> int:
    """Bit by bit as the RFC has it, and not as recording/ogg.py does it."""
    value = 0
    for byte in data:
        value = (value << 8) & 0xFFFFFFFF ^ _TABLE[value >> 24 ^ byte]
    return value
