"""A rule that sends for somebody else than our agent, or for nobody."""

from __future__ import annotations

from collections.abc import Iterator

from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Seen, told


def check(seen: Seen) -> Iterator[Finding]:
    for trunk, _ in seen.own_trunks:
        for rule in seen.rules_of(trunk):
            names = [agent.agent_name for agent in rule.room_config.agents]
            if seen.is_ours(rule) and seen.agent_name not in names:
                yield Finding(
                    f"The dispatch rule {told(rule)} sends for {', '.join(map(repr, names)) or 'no agent'}, and our "
                    f"agents answer to {seen.agent_name!r} (AGENT_NAME).",
                    "The phone rings until the trunk's ringing_timeout, for nobody comes into the room.",
                    f"give agents and this command the same AGENT_NAME, then {APPLY}",
                )
