"""What `make call` says of the call centre's own recording."""

from __future__ import annotations

from local.caller import recorded

_PART = {"name": "recordings/2026/11/21/clinic/01.ogg", "proven": True}
_RECORDING = {"state": "proven", "parts": [_PART], "backups": ["recordings/2026/11/21/clinic/01.backup.ogg"]}


def test_a_recording_that_was_proven_can_be_fetched() -> None:
    """The line can be pasted: the object's name is one word of the address."""
    found = recorded.told({"recording": _RECORDING}, "http://127.0.0.1:4443")
    assert found is not None
    assert found["objects"] == ["gs://recordings/recordings/2026/11/21/clinic/01.ogg"]
    assert recorded.lines(found) == (
        "recording: proven",
        "  gs://recordings/recordings/2026/11/21/clinic/01.ogg\n    curl -o 01.ogg 'http://127.0.0.1:4443/storage/v1/b/"
        "recordings/o/recordings%2F2026%2F11%2F21%2Fclinic%2F01.ogg?alt=media'",
    )


def test_only_what_is_there_is_shown() -> None:
    """A part that never landed would be an address that leads nowhere; the worker's own track stands in for it."""
    lost = _RECORDING | {"state": "backup", "parts": [_PART | {"proven": False}]}
    assert (recorded.told({"recording": lost}, "") or {})["objects"] == [f"gs://recordings/{lost['backups'][0]}"]
    assert recorded.lines(recorded.told({"recording": _RECORDING | {"state": "missing", "parts": []}}, "")) == (
        "recording: missing",
    )


def test_a_line_that_records_nothing_is_not_spoken_of() -> None:
    assert recorded.lines(recorded.told({"recording": None}, "")) == ()
    assert recorded.lines(recorded.told({}, "")) == ()
