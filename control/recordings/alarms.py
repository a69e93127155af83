"""Who is told of a recording that is not what it should be: the log, the metrics, and by them infra/prometheus."""

from __future__ import annotations

from collections import OrderedDict

from calls.record import CallRecord
from calls.recording import Recording, RecordingState
from control.metrics import Metrics
from ops import logging
from ops.clock import Clock

_log = logging.get("control.recordings")

_REMEMBERED = 4096
_LANDED = (RecordingState.PROVEN, RecordingState.BACKUP)


class Alarms:
    """Each thing is told once, by this process at least."""

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self._clock, self._metrics = clock, metrics
        self._told: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def broken(self, record: CallRecord, name: str, reason: str) -> None:
        """A file, of a call that may go on, will not be what it should; another may come in its place."""
        if self._is_news(record.call_id, name, reason):
            self._metrics.recordings.labels(record.line, "broken").inc()
            _log.error("recording broke", call_id=record.call_id, line=record.line, reason=reason, file=name)

    def ghost(self, record: CallRecord, egress_id: str, reason: str) -> None:
        """Something that nobody wants records in the call's room, and is being stopped."""
        if self._is_news(record.call_id, egress_id, reason):
            self._metrics.recordings_stopped.labels(reason).inc()
            _log.warning(
                "recording that nobody wants is stopped", call_id=record.call_id, line=record.line, reason=reason
            )

    def changed(self, record: CallRecord, recording: Recording) -> None:
        """It is known now what became of it, for the time being or for good."""
        state, trouble = recording.state, recording.trouble
        self._metrics.recordings.labels(record.line, state.value).inc()
        if state in _LANDED and record.ended_at is not None:
            self._metrics.recording_proof.observe(max(0.0, self._clock.now() - record.ended_at))
        if state in (RecordingState.MISSING, RecordingState.LOST):
            _log.error("recording is not there", call_id=record.call_id, line=record.line, state=state, reason=trouble)
        elif state is RecordingState.BACKUP:
            _log.warning("recording is the worker's own", call_id=record.call_id, line=record.line, reason=trouble)
        else:
            _log.info("recording settled", call_id=record.call_id, line=record.line, state=state, reason=trouble)

    def held_up(self, record: CallRecord, reason: str) -> None:
        """What was found cannot be written down."""
        if self._is_news(record.call_id, "", reason):
            _log.error("recording cannot be settled", call_id=record.call_id, line=record.line, reason=reason)

    def _is_news(self, *what: str) -> bool:
        key = (what[0], what[1], what[2])
        known = key in self._told
        self._told[key] = None
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        return not known
