"""What carriers and dispatches send is untrusted: nothing of it may break a call or get where it shouldn't."""

import json

import pytest

from agent.callers import Dispatch, parse_dispatch
from agent.errors import BadDispatch
from calls.record import Direction

CALL_ID = "0198c2aa-7f00-7000-8000-0123456789ab"


@pytest.mark.parametrize("metadata", ["", "  \n"])
def test_a_dispatch_without_metadata_is_an_ordinary_inbound_call(metadata: str) -> None:
    """Phone calls come from a dispatch rule that names an agent and nothing more."""
    assert parse_dispatch(metadata) == Dispatch(direction=Direction.INBOUND)


def test_all_keys_are_read_and_unknown_ones_left_alone() -> None:
    """A newer control plane may send more than this worker knows."""
    metadata = json.dumps(
        {"persona": "clinic-receptionist", "line": "clinic", "direction": "outbound", "call_id": CALL_ID, "new": [1]}
    )
    assert parse_dispatch(metadata) == Dispatch("clinic-receptionist", "clinic", Direction.OUTBOUND, CALL_ID)


@pytest.mark.parametrize(
    "metadata",
    [
        "{",
        "[1, 2]",
        '"persona"',
        "null",
        "\x00\xff",
        '{"direction": "sideways"}',
        '{"persona": 7}',
        '{"persona": "../../etc/passwd"}',
        '{"line": ""}',
        '{"call_id": "1"}',
        '{"call_id": "0198c2aa-7f00-7000-8000-0123456789ab; DROP TABLE calls"}',
        "[" * 5000 + "]" * 5000,
        '{"persona": "' + "x" * 20_000 + '"}',
    ],
)
def test_metadata_that_cannot_be_used_is_told_apart_from_none(metadata: str) -> None:
    """BadDispatch is an answer; any other exception would leave the caller in a ringing room."""
    with pytest.raises(BadDispatch):
        parse_dispatch(metadata)
