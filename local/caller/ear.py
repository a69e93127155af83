"""When a packet is heard: the jitter buffer of a phone."""

from __future__ import annotations

_RESTART_S = 0.25  # a buffer fuller than this has lost its clock: the sender jumped


class Ear:
    """Gives each piece of a track its second of play.

    The first is played `delay_s` after it came. Those after it follow by the sender's own timestamps, so that jitter is
    not heard; one that comes too late is played at once and moves all later ones, and the delay it added is taken back
    in the next silence: as phones do.
    """

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._offset_s: float | None = None  # of the play time from the sender's clock

    def plays_at(self, stamp_s: float, now_s: float, *, silent: bool) -> float:
        """`stamp_s` is the piece's place on the sender's clock, `now_s` when it came; `silent` says it can be moved."""
        latest = now_s + self._delay_s
        if self._offset_s is None:
            self._offset_s = latest - stamp_s
        ahead = stamp_s + self._offset_s - now_s
        if ahead < 0 or ahead > _RESTART_S or (silent and ahead > self._delay_s):
            self._offset_s = latest - stamp_s
        return stamp_s + self._offset_s
