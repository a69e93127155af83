"""How often a call is taken over before it is given up: a call that kills its workers would do so for ever."""

from __future__ import annotations

from ops.clock import Clock

TRIES = 5
WITHIN_S = 30.0
_WINDOW_S = 60.0  # five workers lost within it, each of which had begun to work


class Attempts:
    """What the store knows outlives us: each try is an epoch, and a worker that came wrote its own into the record.
    How long it has been going on is known to this process alone; a new leader counts the seconds anew, not the tries.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made: dict[str, list[tuple[float, int | None]]] = {}  # call -> (when, epoch of the last that wrote)

    def exhausted(self, call_id: str, *, epoch: int, written: int | None) -> bool:
        """`epoch` lapsed; `written`: the epoch of the last worker that wrote to the record, None where none did."""
        made = self._made.get(call_id, [])
        vain = [when for when, last in made if last == written]
        too_long = bool(vain) and self._clock.monotonic() - vain[0] >= WITHIN_S
        return too_long or len(made) >= TRIES or (written is not None and epoch - written >= TRIES)

    def made(self, call_id: str, *, written: int | None) -> None:
        """A worker was sent."""
        now = self._clock.monotonic()
        self._made.setdefault(call_id, []).append((now, written))
        for call in [call for call, made in self._made.items() if made[-1][0] < now - _WINDOW_S]:
            del self._made[call]
        for call, made in self._made.items():
            self._made[call] = [one for one in made if one[0] >= now - _WINDOW_S]

    def forget(self, call_id: str) -> None:
        """The call is over."""
        self._made.pop(call_id, None)
