"""Carries out a plan: what depends on something only after it, the rest side by side, and every failure told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from sip.errors import ProviderError
from sip.plan import Change, Plan, Provider


@dataclass(slots=True)
class Done:
    """What became of the changes. `failed` has the reason; `left` were not tried, for what they need had failed."""

    done: list[Change] = field(default_factory=list)
    failed: list[tuple[Change, str]] = field(default_factory=list)
    left: list[Change] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.failed and not self.left


async def carry_out(provider: Provider, plan: Plan, told: Callable[[Change], None] = lambda _: None) -> Done:
    """Do every change whose needs are met, `provider.at_once` at a time; `told` hears of each that was done.

    Never raises ProviderError: a failed change stops only those that need it, so that the next run has less to do.
    """
    result = Done()
    waiting = list(plan.changes)
    planned = {change.key for change in waiting}
    gate = asyncio.Semaphore(provider.at_once)

    async def one(change: Change) -> None:
        async with gate:
            try:
                await provider.do(change)
            except ProviderError as error:
                result.failed.append((change, str(error)))
            else:
                result.done.append(change)
                told(change)

    while waiting:
        done = {change.key for change in result.done}
        ready = [change for change in waiting if all(need in done or need not in planned for need in change.needs)]
        if not ready:
            break
        waiting = [change for change in waiting if change not in ready]
        async with asyncio.TaskGroup() as group:
            for change in ready:
                group.create_task(one(change), name=change.key)
    result.left = waiting
    return result
