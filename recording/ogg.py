"""How long an OGG/Opus file is, and whether it is one: from its first and its last bytes, without decoding.

A file is pages (RFC 3533), each with a checksum; Opus in it counts samples at 48 kHz whatever it was made from (RFC
7845). Its length is the last page's position less where the first page with sound begins and the encoder's lead-in.
What is given may be anything: the answer is a word in `trouble`, in bounded time and memory.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 16 * 1024  # both header packets and the first page with sound, or less: see _first_sound
TAIL_BYTES = 128 * 1024  # the largest page is 65,307 bytes: one whole page is among the last of these
RATE = 48_000

_HEADER = struct.Struct("<4sBBqIIIB")
_OPUS_HEAD = struct.Struct("<8sBBHIhB")
_MAGIC = b"OggS"
_BEGINS, _ENDS = 0x02, 0x04
_CHECK_BYTES = 1024 * 1024  # of checksums, in search of the last page: a hostile tail is all beginnings of pages
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
# Samples of one frame at 48 kHz by a packet's first byte >> 3 (RFC 6716, table 2).
_FRAMES = (*(480, 960, 1920, 2880) * 3, *(480, 960) * 2, *(120, 240, 480, 960) * 4)
_LONGEST_S = 30 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Sound:
    """What there is. `trouble`: why it cannot be relied on (no_ogg, no_opus, damaged, empty), "" where it can.

    `whole`: its last page says that it is the last; a file without that was cut off, or its writer killed."""

    duration_s: float = 0.0
    channels: int = 0
    whole: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class _Page:
    flags: int
    position: int  # samples until the end of the last packet that ends here, -1: none does
    serial: int
    packets: tuple[bytes, ...]  # that begin here, cut off where they go on
    ends: int  # how many packets end here
    size: int


def examine(head: bytes, tail: bytes, size: int) -> Sound:
    """Of a file of `size` bytes its first HEAD_BYTES and its last TAIL_BYTES, or all of it twice. Never raises."""
    try:
        return _examine(head, tail, size)
    except (struct.error, IndexError, ValueError):
        return Sound(trouble="damaged")


def examine_file(path: Path) -> Sound:
    """Raises OSError."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        return examine(head, file.read(TAIL_BYTES), size)


def _examine(head: bytes, tail: bytes, size: int) -> Sound:
    if size == 0:
        return Sound(trouble="empty")
    first = _page(head, 0)
    if first is None or not first.flags & _BEGINS:
        return Sound(trouble="no_ogg")
    if not first.packets or not first.packets[0].startswith(b"OpusHead"):
        return Sound(trouble="no_opus")
    _, version, channels, lead_in, _, _, _ = _OPUS_HEAD.unpack_from(first.packets[0])
    if version > 15 or channels == 0:
        return Sound(trouble="no_opus")
    last = _last(tail, first.serial)
    if last is None:
        return Sound(trouble="damaged", channels=channels)
    samples = last.position - _first_sound(head, first.serial) - lead_in
    if samples <= 0:
        return Sound(trouble="empty", channels=channels)
    if samples > _LONGEST_S * RATE:
        return Sound(trouble="damaged", channels=channels)
    return Sound(samples / RATE, channels, bool(last.flags & _ENDS))


def _first_sound(head: bytes, serial: int) -> int:
    """Where the first sound stands: 0, except where recording a stream that had begun before. 0 also where the page is
    too long to be seen, which no page at a beginning is."""
    for page in _pages(head):
        if page.serial == serial and page.position > 0:
            return max(0, page.position - sum(map(_samples, page.packets[: page.ends])))
    return 0


def _samples(packet: bytes) -> int:
    """Of one Opus packet, at 48 kHz."""
    if not packet:
        return 0
    code = packet[0] & 3
    if code == 3:
        return packet[1] % 64 * _FRAMES[packet[0] >> 3] if len(packet) > 1 else 0
    frames = 1 if code == 0 else 2
    return frames * _FRAMES[packet[0] >> 3]


def _pages(data: bytes) -> Iterator[_Page]:
    at = 0
    while (page := _page(data, at)) is not None:
        yield page
        at += page.size


def _last(tail: bytes, serial: int) -> _Page | None:
    """The last whole page on which a packet ends; what follows it was cut off."""
    at, budget = len(tail), _CHECK_BYTES
    while (at := tail.rfind(_MAGIC, 0, at)) >= 0 and budget > 0:
        size = _size(tail, at)
        if size is None:
            continue
        budget -= size
        page = _page(tail, at)
        if page is not None and page.serial == serial and page.position >= 0:
            return page
    return None


def _size(data: bytes, at: int) -> int | None:
    """Of the page that begins there; None where none does, or where it is cut off."""
    if len(data) - at < _HEADER.size:
        return None
    magic, version, flags, _, _, _, _, count = _HEADER.unpack_from(data, at)
    if magic != _MAGIC or version != 0 or flags > 7:
        return None
    size = _HEADER.size + count + sum(data[at + _HEADER.size : at + _HEADER.size + count])
    return size if at + size <= len(data) else None


def _page(data: bytes, at: int) -> _Page | None:
    """None where there is none, or a damaged one."""
    size = _size(data, at)
    if size is None:
        return None
    _, _, flags, position, serial, _, checksum, count = _HEADER.unpack_from(data, at)
    page = bytearray(data[at : at + size])
    page[22:26] = bytes(4)
    if _checksum(bytes(page)) != checksum:
        return None
    lacing = page[_HEADER.size : _HEADER.size + count]
    packets, begin, length = [], _HEADER.size + count, 0
    for number, part in enumerate(lacing):
        length += part
        if part < 255 or number == count - 1:
            packets.append(bytes(page[begin : begin + length]))
            begin, length = begin + length, 0
    ends = len(packets) - (count > 0 and lacing[-1] == 255)
    return _Page(flags, position, serial, tuple(packets), ends, size)


def _checksum(page: bytes) -> int:
    """OGG's CRC-32 is zlib's polynomial with bits in the other order, and begins and ends with 0."""
    mirrored = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
