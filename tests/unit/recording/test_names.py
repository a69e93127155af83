"""Where a call's files lie: by day, line and call, and by nothing that comes from outside."""

from __future__ import annotations

import pytest

from recording.names import Names, backup_epoch, call_of, part_number, redacted

CALL = "0198c2d0-0000-7000-8000-000000000001"
NAMES = Names("recordings", 1790000000.0, "front-desk", CALL)  # 2026-09-21T14:13:20Z


def test_a_call_lies_under_its_day_and_line() -> None:
    """The path that the operator is told of."""
    assert NAMES.part(1) == f"recordings/2026/09/21/front-desk/{CALL}.ogg"
    assert NAMES.part(2) == f"recordings/2026/09/21/front-desk/{CALL}-2.ogg"
    assert NAMES.sidecar == f"recordings/2026/09/21/front-desk/{CALL}.json"
    assert NAMES.backup(1) == f"recordings/2026/09/21/front-desk/{CALL}.backup.ogg"
    assert redacted(NAMES.part(2)) == f"recordings/2026/09/21/front-desk/{CALL}-2.redacted.ogg"


@pytest.mark.parametrize(
    "name",
    [
        *(NAMES.part(1), NAMES.part(12), NAMES.backup(1), NAMES.backup(3), NAMES.sidecar, NAMES.plot),
        *(redacted(NAMES.part(1)), redacted(NAMES.sidecar), redacted(NAMES.backup(1)), redacted(NAMES.backup(2))),
    ],
)
def test_every_file_tells_its_call(name: str) -> None:
    """Deletion by caller and the audit find a call's files by their names."""
    assert call_of(name) == CALL


def test_a_copy_counts_as_no_sound_of_its_own() -> None:
    """A redacted copy that is left does not stand for the recording that is gone."""
    assert [backup_epoch(name) for name in (NAMES.backup(1), NAMES.backup(7), redacted(NAMES.backup(7)))] == [1, 7, 0]
    assert [part_number(name) for name in (NAMES.part(1), NAMES.part(3), redacted(NAMES.part(3)))] == [1, 3, 0]


@pytest.mark.parametrize(
    "name", ["recordings/2026/09/21/front-desk/EG_abc.json.tmp", "x.ogg", "", "recordings/receipts/2026/a.json"]
)
def test_what_is_no_file_of_a_call_has_none(name: str) -> None:
    """Other people's objects in the bucket are left alone."""
    assert call_of(name) is None


@pytest.mark.parametrize(
    ("prefix", "line", "call_id"),
    [
        ("../x", "front-desk", CALL),
        ("recordings", "../../etc", CALL),
        ("recordings", "front/desk", CALL),
        ("recordings", "front-desk", "../" + CALL),
        ("recordings", "front-desk", "a/b"),
        ("recordings/", "front-desk", CALL),
    ],
)
def test_no_path_leaves_its_place(prefix: str, line: str, call_id: str) -> None:
    """Path injection by an id or a line's name is an error and not another path."""
    with pytest.raises(ValueError, match=r"prefix|line|call"):
        Names(prefix, 1790000000.0, line, call_id)
