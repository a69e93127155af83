"""What the machine was doing meanwhile: a figure from a busy one is no figure."""

from __future__ import annotations

import os
from dataclasses import dataclass

_BUSY = 0.25  # of the cores, before a benchmark begins


@dataclass(frozen=True, slots=True)
class Machine:
    cores: int
    load_average: float  # of the last minute

    @property
    def busy(self) -> bool:
        return self.load_average > _BUSY * self.cores


def look() -> Machine:
    return Machine(os.cpu_count() or 1, round(os.getloadavg()[0], 2))


def warn() -> Machine:
    """Look before beginning, and say so where something else is running."""
    machine = look()
    if machine.busy:
        print(f"This machine is busy (load {machine.load_average} on {machine.cores} cores): expect worse figures.\n")
    return machine
