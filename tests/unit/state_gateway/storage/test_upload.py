"""One object on its way in, against a bucket that breaks off, forgets, or answers late: whole or not at all."""

from __future__ import annotations

import hashlib
import os

import pytest
import requests
from google.api_core import exceptions as api
from google.api_core.retry import Retry
from google.cloud.storage.retry import DEFAULT_RETRY  # type: ignore[import-untyped]

from state_gateway.storage.upload import PART, Damaged, Stored, Upload, Vouch
from tests.fakes.bucket_wire import BucketWire, Step

_DATA = os.urandom(2 * PART + 5)
_AT_ONCE: Retry = DEFAULT_RETRY.with_delay(initial=0.001, maximum=0.001).with_timeout(0.05)


def _upload(wire: BucketWire, vouch: Vouch | None = None) -> Upload:
    return Upload(wire, "http://session", content_type="audio/wav", timeout=(1, 1), retry=_AT_ONCE, vouch=vouch)


def _send(upload: Upload, data: bytes = _DATA) -> Stored | None:
    parts = [data[at : at + PART] for at in range(0, len(data), PART)] or [b""]
    for part in parts[:-1]:
        assert upload.send(part, last=False) is None
    return upload.send(parts[-1], last=True)


@pytest.mark.parametrize(
    "script",
    [
        (),
        ("503", "ok", "503", "503"),
        ("broken", "ok", "broken"),
        ("lost_answer", "lost_answer", "ok"),
        ("ok", "ok", "lost_answer"),
        ("half", "half", "half"),
        ("ok", "ok", "half", "half"),
    ],
)
def test_what_the_bucket_missed_is_sent_again_and_nothing_twice(script: tuple[Step, ...]) -> None:
    """Errors, broken connections, answers that got lost (the last one too) and parts of which only half arrived."""
    wire = BucketWire(script)
    stored = _send(_upload(wire))
    assert bytes(wire.data) == _DATA
    assert stored is not None
    assert (stored.generation, stored.bytes, stored.content_type) == (17, len(_DATA), "audio/wav")


def test_parts_name_their_place_and_only_the_last_one_the_size() -> None:
    """The size is not known before the end; parts are multiples of 256 KiB."""
    wire = BucketWire()
    _send(_upload(wire))
    assert wire.ranges == [
        f"bytes 0-{PART - 1}/*",
        f"bytes {PART}-{2 * PART - 1}/*",
        f"bytes {2 * PART}-{2 * PART + 4}/{len(_DATA)}",
    ]
    assert PART % (256 * 1024) == 0


def test_an_empty_object_is_one_too() -> None:
    wire = BucketWire()
    stored = _send(_upload(wire), b"")
    assert stored is not None and stored.bytes == 0
    assert wire.ranges == ["bytes */0"]


@pytest.mark.parametrize(("step", "error"), [("412", api.PreconditionFailed), ("404", api.NotFound)])
def test_a_no_of_the_bucket_is_not_argued_with(step: Step, error: type[Exception]) -> None:
    """A precondition that failed, a session it forgot: asked once."""
    wire = BucketWire((step,))
    with pytest.raises(error):
        _send(_upload(wire))
    assert len(wire.ranges) == 1 and not wire.complete


def test_a_bucket_that_stays_away_ends_the_upload_within_its_patience() -> None:
    wire = BucketWire(("broken",) * 1000)
    with pytest.raises((api.RetryError, requests.ConnectionError)):
        _send(_upload(wire))
    assert not wire.complete


def test_a_body_that_was_not_the_signed_one_is_not_completed() -> None:
    """The signature covers the digest; the digest is known before the last part goes out."""
    wire, right = BucketWire(), hashlib.sha256(_DATA).digest()

    def vouch(sha256: bytes) -> None:
        assert sha256 == right, "another body"

    with pytest.raises(AssertionError, match="another body"):
        _send(_upload(wire, vouch), _DATA[:-1])
    assert not wire.complete
    assert _send(_upload(BucketWire(), vouch)) is not None


def test_an_object_that_arrived_damaged_is_told_with_its_generation() -> None:
    """So that this one, and no other, can be taken away again."""
    with pytest.raises(Damaged) as caught:
        _send(_upload(BucketWire(("ok", "damage"))))
    assert caught.value.stored.generation == 17


def test_cancel_tells_the_bucket() -> None:
    wire = BucketWire()
    upload = _upload(wire)
    upload.send(_DATA[:PART], last=False)
    upload.cancel()
    assert wire.cancelled == 1
