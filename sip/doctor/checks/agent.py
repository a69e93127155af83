"""Nobody there to answer."""

from __future__ import annotations

from collections.abc import Iterator

from sip.doctor.finding import Finding
from sip.doctor.seen import Seen


def check(seen: Seen) -> Iterator[Finding]:
    if seen.agent_answered is False:
        yield Finding(
            f'No worker took a job for the agent "{seen.agent_name}": none is registered under that name, or all are '
            "full.",
            "Every phone rings until the trunk's ringing_timeout, then the caller gets 486.",
            f"start one with AGENT_NAME={seen.agent_name} and this server's LIVEKIT_URL: python agent/main.py start",
        )
