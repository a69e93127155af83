"""The redacted copy in the bucket: beside the original, marked like it, and without the caller in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from calls.events import CallerSpoke, ToolCalled
from recording.bucket import BucketDown, Object
from recording.errors import RecordingError
from recording.measure import levels as reading
from recording.measure.figures import measure
from recording.names import Names, redacted
from recording.redact.copy import copy, undo
from recording.sidecar import MAIN, File, encoded, sidecar
from tests.fakes.bucket import FakeBucket
from tests.support.a_call import a_record
from tests.support.stereo import ogg, side

AT = 1790000000.0
CALL = a_record().call_id
RECORD = a_record()
NAMES = Names("recordings", AT, "front-desk", CALL)


def spoke(seq: int, text: str, began_s: float, ended_s: float) -> CallerSpoke:
    at, turn = AT + ended_s, seq
    return CallerSpoke(call_id=CALL, seq=seq, at=at, turn=turn, text=text, began_at=AT + began_s, ended_at=at)


@pytest.fixture
def bucket(tmp_path: Path) -> FakeBucket:
    """A call of two utterances: who it is at 2 s, a question at 6 s."""
    filled = FakeBucket()
    sound = ogg(tmp_path / "a.ogg", side(10, [(8.0, 9.0)]), side(10, [(2.0, 4.0), (6.0, 7.0)])).read_bytes()
    marks = {"call-id": CALL, "caller-hash": "h"}
    filled.put(NAMES.part(1), sound, metadata=marks, delete_at=AT + 86400)
    events = [spoke(1, "hello ada king here", 2.0, 4.0), spoke(2, "when are you open", 6.0, 7.0)]
    file = File(NAMES.part(1), MAIN, AT, 10.0, len(sound))
    text = encoded(sidecar(RECORD, events, [file], AT + 20))
    filled.put(NAMES.sidecar, text, "application/json", metadata=marks, delete_at=AT + 86400)
    return filled


async def test_the_copy_has_neither_the_name_nor_its_sound(bucket: FakeBucket, tmp_path: Path) -> None:
    """Nothing in the words says that it is a name: the tool that booked was given it."""
    booked = ToolCalled(call_id=CALL, seq=3, at=AT, turn=2, tool="book", arguments={"patient_name": "Ada King"})
    done = await copy(bucket, "recordings", CALL, [booked])
    assert done.found == {"name": 1}
    redacted_audio, redacted_text = redacted(NAMES.part(1)), redacted(NAMES.sidecar)
    assert sorted(done.files) == sorted([redacted_audio, redacted_text])
    (tmp_path / "b.ogg").write_bytes(bucket.kept[redacted_audio].data)
    heard = measure(reading.read(tmp_path / "b.ogg")).caller
    assert [(span.start_s, span.end_s) for span in heard] == [pytest.approx((6.0, 7.0), abs=0.03)]
    written = bucket.kept[redacted_text].data.decode()
    assert "ada" not in written.casefold()
    assert json.loads(written)["turns"][1]["audio"][0]["name"] == redacted_audio


async def test_the_copy_is_found_and_deleted_with_its_original(bucket: FakeBucket) -> None:
    """It has the same marks; made again it replaces the one before."""
    for _ in range(2):
        done = await copy(bucket, "recordings", CALL, [])
    for name in done.files:
        about = bucket.kept[name].about
        assert (about.metadata["caller-hash"], about.delete_at) == ("h", AT + 86400)


async def test_without_a_sidecar_there_is_no_copy(bucket: FakeBucket) -> None:
    """Where nobody knows what was said, nothing can be known to be muted."""
    del bucket.kept[NAMES.sidecar]
    with pytest.raises(RecordingError, match="no sidecar"):
        await copy(bucket, "recordings", CALL, [])
    assert list(bucket.kept) == [NAMES.part(1)]


async def test_a_copy_is_never_seen_without_whose_it_is(bucket: FakeBucket) -> None:
    """Broken off between the writing and the mark it had no caller, and a deletion by number passed it over."""
    bucket.down_after = 1
    with pytest.raises(BucketDown):
        await copy(bucket, "recordings", CALL, [])
    assert bucket.kept[redacted(NAMES.part(1))].about.metadata["caller-hash"] == "h"


async def test_two_copies_at_once_end_in_words(bucket: FakeBucket) -> None:
    """The slower one finds the other's in its place: it ended in a traceback."""
    write = bucket.write

    async def slow(name: str, *about: Any, **more: Any) -> Object:
        bucket.put(name, b"the other's")
        return await write(name, *about, **more)

    bucket.write = slow  # type: ignore[method-assign]
    with pytest.raises(RecordingError, match="Somebody else"):
        await copy(bucket, "recordings", CALL, [])


async def test_a_copy_of_a_call_that_was_deleted_meanwhile_is_undone(bucket: FakeBucket) -> None:
    """Only what was copied: the rest is the deletion's."""
    before = bucket.names
    await undo(bucket, await copy(bucket, "recordings", CALL, []))
    assert bucket.names == before
