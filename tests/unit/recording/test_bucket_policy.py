"""The bucket's rules: ours made as wanted, everybody else's left as they are."""

from __future__ import annotations

from typing import Any

import pytest

from recording.bucket_policy import Wanted, difference, notes

WANTED = Wanted("recordings", 120)
THEIRS = [
    {"action": {"type": "Delete"}, "condition": {"age": 7, "matchesPrefix": ["tmp/"]}},
    {
        "action": {"type": "SetStorageClass", "storageClass": "NEARLINE"},
        "condition": {"matchesPrefix": ["recordings/2"]},
    },
    {"action": {"type": "Delete"}, "condition": {"age": 900}},
]


def applied(bucket: dict[str, Any], wanted: Wanted = WANTED) -> dict[str, Any]:
    """The bucket after the patch, as Google merges it: lists are replaced, objects merged."""
    after = dict(bucket)
    for key, value in difference(bucket, wanted).patch.items():
        after[key] = {**after.get(key, {}), **value} if key == "iamConfiguration" else value
    return after


@pytest.mark.parametrize("before", [{}, {"lifecycle": {"rule": THEIRS}}], ids=["new", "with others' rules"])
def test_once_is_enough(before: dict[str, Any]) -> None:
    """What was applied needs nothing more."""
    assert difference(before, WANTED).lines
    after = difference(applied(before), WANTED)
    assert (list(after.lines), dict(after.patch)) == ([], {})


def test_others_rules_stay_as_they_are_and_in_their_order() -> None:
    """Also one that is about our files and does not delete, and one that deletes and is not about them alone."""
    rules = applied({"lifecycle": {"rule": THEIRS}})["lifecycle"]["rule"]
    assert rules[:3] == THEIRS
    assert len(rules) == 6


def test_what_is_deleted_is_what_has_reached_its_end_and_what_is_too_old() -> None:
    """And what was replaced, where versions are kept: under the days' folders only, never receipts, holds, audit."""
    conditions = [rule["condition"] for rule in applied({})["lifecycle"]["rule"]]
    assert conditions == [
        {"daysSinceCustomTime": 0, "matchesPrefix": ["recordings/2"]},
        {"age": 120, "matchesPrefix": ["recordings/2"]},
        {"isLive": False, "matchesPrefix": ["recordings/2"]},
    ]
    assert not any(f"recordings/{each}/".startswith("recordings/2") for each in ("receipts", "holds", "audit"))


def test_a_backstop_that_moved_is_shown_and_replaced() -> None:
    """The old rule goes: two would delete by the shorter one."""
    found = difference(applied({"lifecycle": {"rule": THEIRS}}), Wanted("recordings", 400))
    assert len(found.lines) == 2
    assert any("400 days" in line for line in found.lines)
    assert any("age=120" in line for line in found.lines)
    rules = found.patch["lifecycle"]["rule"]
    assert [rule["condition"].get("age") for rule in rules] == [7, None, 900, None, 400, None]


def test_nobody_else_can_read() -> None:
    """Uniform access and no public access; only what is missing is asked for."""
    whole = {"uniformBucketLevelAccess": {"enabled": True}, "publicAccessPrevention": "enforced"}
    assert difference({}, WANTED).patch["iamConfiguration"] == whole
    half = {"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}, "publicAccessPrevention": "inherited"}}
    assert difference(half, WANTED).patch["iamConfiguration"] == {"publicAccessPrevention": "enforced"}


def test_a_key_of_ones_own() -> None:
    """Set where one is named; what is set stays where none is."""
    key = "projects/p/locations/eu/keyRings/r/cryptoKeys/k"
    assert difference({}, Wanted("recordings", 120, key)).patch["encryption"] == {"defaultKmsKeyName": key}
    ready = applied({"encryption": {"defaultKmsKeyName": key}})
    assert difference(ready, Wanted("recordings", 120, key)).patch == {}
    assert difference(ready, WANTED).patch == {}
    assert any(key in note for note in notes(ready, WANTED))


def test_soft_delete_and_versions_are_stated_and_changed_only_when_asked() -> None:
    """What is deleted for a caller must not come back unsaid."""
    bucket = applied({"softDeletePolicy": {"retentionDurationSeconds": "604800"}, "versioning": {"enabled": True}})
    assert difference(bucket, WANTED).patch == {}
    told = " ".join(notes(bucket, WANTED))
    assert "7 days" in told
    assert "versioning is on" in told
    off = difference(bucket, Wanted("recordings", 120, soft_delete_days=0)).patch
    assert off == {"softDeletePolicy": {"retentionDurationSeconds": "0"}}


def test_what_stops_every_deletion_is_stated() -> None:
    """A retention policy or a default hold of the bucket: `delete` will be refused."""
    told = " ".join(notes({"retentionPolicy": {"retentionPeriod": "8640000"}, "defaultEventBasedHold": True}, WANTED))
    assert "100 days" in told
    assert "defaultEventBasedHold" in told
