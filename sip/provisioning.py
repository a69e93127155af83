"""What `plan`, `apply` and `destroy` have in common: read every provider, tell, and carry out."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from ops.terminal import tell
from sip import show
from sip.carry_out import carry_out
from sip.errors import SipError
from sip.plan import Plan, Provider, count

NOTHING, CHANGES = 0, 2
"""Exit statuses of `plan`; 1 is anybody's for an error."""


async def read(providers: Sequence[Provider], *, destroy: bool) -> list[Plan]:
    """All plans, read side by side. Raises ProviderError of the first that can't be read."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each.plan(destroy=destroy), name=f"plan {each.name}") for each in providers]
    except* SipError as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


async def plan(providers: Sequence[Provider], *, as_json: bool = False) -> int:
    """Tells what `apply` would do. 1 where it would refuse."""
    try:
        plans = await read(providers, destroy=False)
    finally:
        await _close(providers)
    tell(show.as_json(plans) if as_json else show.text(plans))
    if any(each.refusals for each in plans):
        return 1
    return CHANGES if count(plans) else NOTHING


async def bring_about(providers: Sequence[Provider], *, destroy: bool = False) -> int:
    """Plans and does it, provider after provider in their order; after a failure the next ones are left as they are,
    for no carrier is to send calls to a server that would not take them. 0 when all was done, else 1: doing it again
    goes on from there."""
    try:
        plans = await read(providers, destroy=destroy)
        if any(each.refusals for each in plans):
            tell(show.text(plans))
            sys.stderr.write("Nothing was changed.\n")
            return 1
        for provider, each in zip(providers, plans, strict=True):
            tell(show.heading(each))
            done = await carry_out(provider, each, lambda change: tell(f"  {show.line(change)}"))
            for note in each.notes:
                tell(f"  note: {note}")
            if not done.complete:
                sys.stderr.write(f"{show.shortfall(done)}\n{show.again(plans[plans.index(each) + 1 :], destroy)}\n")
                return 1
    finally:
        await _close(providers)
    return 0


async def _close(providers: Sequence[Provider]) -> None:
    for provider in providers:
        await provider.aclose()
