"""Is this service ready? Each component answers for itself, all are asked at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ops import logging
from ops.deadline import deadline

_log = logging.get("ops.readiness")
Probe = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Report:
    """`ready`: every required component said yes. `components` has all of them, optional ones too."""

    ready: bool
    components: dict[str, bool]


class Readiness:
    def __init__(self) -> None:
        self._probes: dict[str, tuple[Probe, bool]] = {}

    def add(self, name: str, probe: Probe, required: bool = True) -> None:
        """Ask `probe` at each check; one that raises or is late says no. A name is used once: ValueError."""
        if name in self._probes:
            raise ValueError(f"component {name} has a probe already")
        self._probes[name] = (probe, required)

    async def check(self, timeout_s: float) -> Report:
        """Ask all probes in parallel; the answer comes within `timeout_s`. Never raises."""
        answers = await asyncio.gather(*(self._ask(name, timeout_s) for name in self._probes))
        components = dict(zip(self._probes, answers, strict=True))
        return Report(all(components[name] for name, (_, required) in self._probes.items() if required), components)

    async def _ask(self, name: str, timeout_s: float) -> bool:
        try:
            async with deadline(timeout_s, name):
                return bool(await self._probes[name][0]())
        except Exception as error:  # noqa: BLE001 - a probe may fail in any way; each means "not ready"
            _log.debug("probe failed", component=name, error=error)
            return False
