"""A plan and what came of it, in words for a terminal or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ops.terminal import plain
from sip.carry_out import Done
from sip.plan import Action, Change, Plan, count

_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.REPLACE: "±", Action.DELETE: "-"}


def line(change: Change) -> str:
    """One change, one line."""
    return plain(f'{_SIGNS[change.action]} {change.kind} "{change.name}": {change.detail}')


def heading(plan: Plan) -> str:
    return f"{plan.provider}: {_counted(plan.changes)}"


def text(plans: Sequence[Plan]) -> str:
    """Every plan, and what is in the way."""
    lines: list[str] = []
    for plan in plans:
        lines.append(heading(plan))
        lines += [f"  {line(change)}" for change in plan.changes]
        lines += [f"  note: {note}" for note in plan.notes]
        lines += [f"  REFUSED: {plain(refusal)}" for refusal in plan.refusals]
    if not count(plans):
        lines.append("Nothing to do.")
    return "\n".join(lines)


def as_json(plans: Sequence[Plan]) -> str:
    """The same for programs: a list of providers, each with `changes`, `notes` and `refusals`."""
    return json.dumps(
        [
            {
                "provider": plan.provider,
                "changes": [
                    {"action": change.action, "kind": change.kind, "name": change.name, "detail": change.detail}
                    for change in plan.changes
                ],
                "notes": list(plan.notes),
                "refusals": list(plan.refusals),
            }
            for plan in plans
        ],
        indent=2,
    )


def shortfall(done: Done) -> str:
    """What was not done and why, for a person who has to decide what to do next."""
    lines = [f"  FAILED: {line(change)}: {plain(reason)}" for change, reason in done.failed]
    lines += [f"  not tried: {line(change)}" for change in done.left]
    return "\n".join(lines)


def again(untouched: Sequence[Plan], destroy: bool) -> str:
    """What to do after a shortfall, and which providers were not come to."""
    left = [plan.provider for plan in untouched if plan.changes]
    told = f"{', '.join(left)}: left as it was.\n" if left else ""
    return f"{told}Not everything was done; `python -m sip {'destroy' if destroy else 'apply'}` goes on from here."


def _counted(changes: Sequence[Change]) -> str:
    numbers = {action: sum(change.action is action for change in changes) for action in Action}
    return ", ".join(f"{number} to {action}" for action, number in numbers.items() if number) or "as it should be"
