"""What a bucket with recordings is to be like, and what is to change for that. Pure: JSON as Google's API has it
(cloud.google.com/storage/docs/json_api/v1/buckets, .../docs/lifecycle, read 2026-11).

Ours are the lifecycle rules that delete under `<prefix>/2` (recording.belongings.recordings) and nothing else: rules of
others stay as they are and where they are. So do receipts, holds and the audit, which no rule of ours deletes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recording.belongings import recordings

Json = Mapping[str, Any]
_DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Wanted:
    """`backstop_days`: what has no end of its own is deleted at this age. `kms_key` "": Google's own keys, or whatever
    is set. `soft_delete_days`: for so long Google keeps what was deleted; None leaves it."""

    prefix: str
    backstop_days: int
    kms_key: str = ""
    soft_delete_days: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """`lines` for a person, `patch` for the API. Empty both where all is as wanted."""

    lines: Sequence[str]
    patch: Json


def difference(bucket: Json, wanted: Wanted) -> Difference:
    lines: list[str] = []
    patch: dict[str, Any] = {}
    there = list(bucket.get("lifecycle", {}).get("rule", []))
    rules = _rules(wanted)
    ours = [rule for rule in there if _is_ours(rule, wanted.prefix)]
    if sorted(map(_text, ours)) != sorted(map(_text, rules.values())):
        lines += [f"+ lifecycle: {words}" for words, rule in rules.items() if rule not in ours]
        lines += [f"- lifecycle: {_text(rule)}" for rule in ours if rule not in rules.values()]
        others = [rule for rule in there if not _is_ours(rule, wanted.prefix)]
        patch["lifecycle"] = {"rule": [*others, *rules.values()]}
    access: dict[str, Any] = {}
    iam = bucket.get("iamConfiguration", {})
    if not iam.get("uniformBucketLevelAccess", {}).get("enabled"):
        lines.append("+ uniform access: IAM alone says who may read (the whole bucket; ACLs of single objects end)")
        access["uniformBucketLevelAccess"] = {"enabled": True}
    if iam.get("publicAccessPrevention") != "enforced":
        lines.append("+ public access prevention: nobody can make anything here public (the whole bucket)")
        access["publicAccessPrevention"] = "enforced"
    if access:
        patch["iamConfiguration"] = access
    key = bucket.get("encryption", {}).get("defaultKmsKeyName", "")
    if wanted.kms_key and key != wanted.kms_key:
        lines.append(f"~ encryption of what is written from now on: {key or 'keys of Google'} -> {wanted.kms_key}")
        patch["encryption"] = {"defaultKmsKeyName": wanted.kms_key}
    kept = recoverable_days(bucket)
    if wanted.soft_delete_days is not None and kept != wanted.soft_delete_days:
        lines.append(f"~ soft delete: {kept:g} -> {wanted.soft_delete_days} days (the whole bucket)")
        patch["softDeletePolicy"] = {"retentionDurationSeconds": str(wanted.soft_delete_days * _DAY_S)}
    return Difference(lines, patch)


def notes(bucket: Json, wanted: Wanted) -> list[str]:
    """What the operator should know of the bucket and what stays as it is."""
    found = []
    if days := recoverable_days(bucket):
        found.append(
            f"soft delete: what is deleted can be brought back for {days:g} days, and is paid for; --soft-delete-days 0"
            " turns it off"
        )
    if bucket.get("versioning", {}).get("enabled"):
        found.append("versioning is on: what is replaced stays until the next day's lifecycle; `delete` takes it too")
    if seconds := int(bucket.get("retentionPolicy", {}).get("retentionPeriod", 0)):
        found.append(f"a retention policy of {seconds / _DAY_S:g} days: nothing can be deleted before, by anybody")
    if bucket.get("defaultEventBasedHold"):
        found.append("every new object is held (defaultEventBasedHold): nothing is deleted until somebody releases it")
    if not wanted.kms_key:
        key = bucket.get("encryption", {}).get("defaultKmsKeyName")
        found.append(f"encryption: {key or 'keys of Google; RECORDING_KMS_KEY names one of your own'}")
    where = bucket.get("location")
    return [*found, f"location: {where}"] if where else found


def recoverable_days(bucket: Json) -> float:
    return int(bucket.get("softDeletePolicy", {}).get("retentionDurationSeconds", 0)) / _DAY_S


def _rules(wanted: Wanted) -> dict[str, Json]:
    """By what each is for."""
    under = recordings(wanted.prefix)
    where = {"matchesPrefix": [under]}
    delete = {"type": "Delete"}
    return {
        f"delete under {under} what has reached its end (its custom time)": {
            "action": delete,
            "condition": {"daysSinceCustomTime": 0, **where},
        },
        f"delete under {under} what is {wanted.backstop_days} days old, whatever its end": {
            "action": delete,
            "condition": {"age": wanted.backstop_days, **where},
        },
        f"delete under {under} what was replaced or deleted, where versions are kept": {
            "action": delete,
            "condition": {"isLive": False, **where},
        },
    }


def _is_ours(rule: Json, prefix: str) -> bool:
    condition = rule.get("condition", {})
    return bool(
        rule.get("action", {}).get("type") == "Delete" and condition.get("matchesPrefix") == [recordings(prefix)]
    )


def _text(rule: Json) -> str:
    words = [f"{key}={rule['condition'][key]}" for key in sorted(rule.get("condition", {}))]
    return f"{rule.get('action', {}).get('type')} {' '.join(words)}"
