"""The redacted copy of a call in the bucket: `<call_id>.redacted.json`, and `x.redacted.ogg` beside each `x.ogg`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from calls.events import Event, ToolCalled
from recording.belongings import belongings
from recording.bucket import Bucket, Exists, Object
from recording.errors import RecordingError
from recording.measure import levels
from recording.measure.activity import Span
from recording.measure.figures import measure
from recording.measure.levels import NotMeasurable
from recording.names import redacted
from recording.redact.audio import muted
from recording.redact.transcript import of_caller, redact
from recording.redact.unheard import completed
from recording.sidecar import LARGEST_BYTES

_REDACTED = ".redacted."


@dataclass(frozen=True, slots=True)
class Copied:
    """`files` are the objects written, `muted_s` how much of each file of sound; `found` how many places by kind."""

    files: Sequence[str]
    muted_s: Mapping[str, float]
    found: Mapping[str, int]


async def copy(bucket: Bucket, prefix: str, call_id: str, events: Iterable[Event]) -> Copied:
    """Made again it replaces the one before. `events` are the call's, as far as the store still has them: they tell
    names. Raises RecordingError where there is no sidecar, or one that cannot be read, or sound that cannot be; or
    where somebody else replaces or deletes meanwhile."""
    try:
        return await _copied(bucket, prefix, call_id, events)
    except (Exists, FileNotFoundError) as error:
        raise RecordingError("Somebody else is making a copy of this call, or deleting it: do it again.") from error


async def undo(bucket: Bucket, done: Copied) -> None:
    """The copy is gone again: its call was deleted while it was made."""
    for name in done.files:
        if (there := await bucket.stat(name)) is not None:
            await bucket.delete(name, there.generation)


async def _copied(bucket: Bucket, prefix: str, call_id: str, events: Iterable[Event]) -> Copied:
    files = {each.name: each for each in await belongings(bucket, prefix, call_id)}
    source = next((name for name in files if name.endswith(".json") and _REDACTED not in name), None)
    if source is None:
        raise RecordingError("There is no sidecar of this call: it is written once the recording is proven.")
    try:
        sidecar = json.loads(await bucket.read(source, LARGEST_BYTES))
        made = redact(sidecar, _names(events, sidecar["call"]))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise RecordingError(f"{source} is no sidecar that this version can read. Nothing was written.") from error
    written, silenced = [], {}
    for name, spans in made.muted.items():
        if name in files:
            target, muted_s = await _sound(bucket, files, files[name], spans, of_caller(sidecar, name))
            written.append(target.name)
            silenced[target.name] = muted_s
    text = json.dumps(_renamed(made.sidecar), ensure_ascii=False, indent=1).encode() + b"\n"
    made_of = files[source]
    written.append((await _put(bucket, files, made_of, redacted(source), text, "application/json")).name)
    return Copied(written, silenced, made.found)


async def _sound(
    bucket: Bucket, files: Mapping[str, Object], source: Object, spans: Sequence[Span], caller: Sequence[Span]
) -> tuple[Object, float]:
    """The copy, and how many seconds of it are muted."""
    with TemporaryDirectory(prefix="switchboard-redact-") as folder:
        whole, copied = Path(folder, "whole.ogg"), Path(folder, "copy.ogg")
        await bucket.download(source.name, whole)
        try:
            silenced = await asyncio.to_thread(_muted, whole, copied, spans, caller)
        except NotMeasurable as error:
            raise RecordingError(f"{source.name}: {error}. There is no redacted copy of it.") from error
        return await _put(bucket, files, source, redacted(source.name), copied, "audio/ogg"), silenced


def _muted(whole: Path, copied: Path, spans: Sequence[Span], caller: Sequence[Span]) -> float:
    return muted(whole, copied, completed(spans, caller, measure(levels.read(whole))))


async def _put(
    bucket: Bucket, files: Mapping[str, Object], source: Object, name: str, content: bytes | Path, kind: str
) -> Object:
    """With the marks of what it was made from: it is found and deleted with it."""
    there = files.get(name)
    about = source.metadata
    await bucket.write(name, content, kind, replace=there.generation if there else None, metadata=about)
    return await bucket.mark(name, delete_at=source.delete_at, metadata=about)


def _names(events: Iterable[Event], call: Mapping[str, Any]) -> Collection[str]:
    """What tools were told as a name, and what the carrier calls the caller."""
    found = {
        str(value)
        for event in events
        if isinstance(event, ToolCalled)
        for key, value in event.arguments.items()
        if "name" in key.casefold()
    }
    found |= {str(value) for key, value in (call.get("data") or {}).items() if "name" in key.casefold()}
    attributes = (call.get("caller") or {}).get("attributes") or {}
    found |= {
        str(value) for key, value in attributes.items() if "name" in key.casefold() and "host" not in key.casefold()
    }
    return {name for name in found if name}


def _renamed(sidecar: Mapping[str, Any]) -> dict[str, Any]:
    """Of the files of the copy."""
    audio = [{**file, "name": redacted(file["name"])} for file in sidecar["audio"]]
    turns = [
        {**turn, "audio": [{**place, "name": redacted(place["name"])} for place in turn["audio"]]}
        for turn in sidecar["turns"]
    ]
    return {**sidecar, "audio": audio, "turns": turns}
