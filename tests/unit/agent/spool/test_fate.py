"""What becomes of a worker's own track, where what the record says is not the whole of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.spool.fate import Fate, fate_of
from calls.outcome import Outcome
from calls.recording import Recording, RecordingState
from tests.support.a_call import a_record


@pytest.mark.parametrize(
    ("trouble", "fate"), [("", Fate.DELETE), ("interrupted", Fate.BRING), ("began_late", Fate.BRING)]
)
def test_a_proven_recording_with_a_hole_still_needs_it(trouble: str, fate: Fate) -> None:
    """The bucket was away from the worker for a minute: what was said between two files must not go with its disk."""
    recording = Recording("required", RecordingState.PROVEN, trouble=trouble)
    record = replace(a_record(), recording=recording).close(1790000100.0, Outcome.RESOLVED)
    assert fate_of(record, 60.0, known=True, hurry=False) is fate
