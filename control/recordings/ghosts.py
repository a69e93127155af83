"""Stops what records and should not."""

from __future__ import annotations

from calls.ports import Egress, Recorder, RecorderDown
from calls.record import CallRecord
from control.recordings.alarms import Alarms
from ops import logging

_log = logging.get("control.recordings")


async def stop(recorder: Recorder, alarms: Alarms, record: CallRecord, egress: Egress, reason: str) -> None:
    """`reason`: ghost (its call is over), second (another records the room), unwanted. One that cannot be stopped, as
    that of a killed egress, is tried again at the next look."""
    alarms.ghost(record, egress.egress_id, reason)
    try:
        await recorder.stop(egress.egress_id)
    except RecorderDown as error:
        _log.warning("recording cannot be stopped", call_id=record.call_id, reason=error.reason)
