"""What is seen from outside of one call's recording: what the media server says, and what lies in the bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from calls.ports import Egress, Recorder, RecorderDown
from calls.record import CallRecord
from control.recordings.shelf import Shelf
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from recording.bucket import BucketDown, BucketRefused, Object
from recording.ogg import Sound

_DOWN = "bucket_down"
_BUCKET_S = 8.0  # a list and two short reads of each file take half a second; a busy bucket, more
_SPARED_S = 5.0  # after it hung, so that all who wait for their turn have it, and within a minute


@dataclass(frozen=True, slots=True)
class Evidence:
    """`egresses` and `objects` are None where nobody could be asked: `recorder_trouble`, `bucket_trouble` say why.

    `egresses` are those of the call's room, by id; `sounds` those of the objects that are sound, by name."""

    egresses: Mapping[str, Egress] | None = None
    objects: Mapping[str, Object] | None = None
    sounds: Mapping[str, Sound] = field(default_factory=dict)
    recorder_trouble: str = ""
    bucket_trouble: str = ""

    @property
    def trouble(self) -> str:
        return self.bucket_trouble or self.recorder_trouble


class Gatherer:
    def __init__(self, recorder: Recorder, shelf: Shelf, clock: Clock) -> None:
        self._recorder, self._shelf, self._clock = recorder, shelf, clock
        self._spared_until = 0.0  # the bucket (monotonic)

    async def gather(self, record: CallRecord) -> Evidence:
        """Raises nothing that the ports declare. A bucket that hangs holds no other call's alarm up."""
        egresses, recorder_trouble = await _egresses(record, self._recorder)
        if self._clock.monotonic() < self._spared_until:
            return Evidence(egresses, None, {}, recorder_trouble, _DOWN)
        try:
            async with deadline(_BUCKET_S, "what lies in the bucket"):
                objects = await self._shelf.objects(record)
                sounds = await self._shelf.sounds(objects.values())
        except DeadlineExceeded:
            self._spared_until = self._clock.monotonic() + _SPARED_S
            return Evidence(egresses, None, {}, recorder_trouble, _DOWN)
        except BucketDown:
            return Evidence(egresses, None, {}, recorder_trouble, _DOWN)
        except BucketRefused as error:
            return Evidence(egresses, None, {}, recorder_trouble, error.reason)
        return Evidence(egresses, objects, sounds, recorder_trouble)


async def _egresses(record: CallRecord, recorder: Recorder) -> tuple[Mapping[str, Egress] | None, str]:
    """All of the room's, and those the record knows by id besides."""
    try:
        found = {each.egress_id: each for each in await recorder.of_room(record.room)}
        for part in record.recording.parts if record.recording else ():
            if part.egress_id and part.egress_id not in found:
                known = await recorder.of_id(part.egress_id)
                if known is not None:
                    found[known.egress_id] = known
    except RecorderDown as error:
        return None, f"recorder_{error.reason}"
    return found, ""
