"""Looks everywhere at once. Nothing is changed; `probe` alone leaves a trace: a room that is there for a moment."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from config.model import CallCenter
from ops.clock import Clock
from sip.doctor.seen import Seen
from sip.doctor.sources import agent, livekit, places, secrets, twilio
from sip.doctor.sources.sip_config import sip_config
from sip.settings import SipSettings


@dataclass(frozen=True, slots=True)
class How:
    """`sip_config`: LiveKit SIP's file. `peak`: calls at once in one SIP pod. `reach`: ask the SIP addresses whether
    they answer. `probe`: send for the agent. `resolve`: what a name stands for."""

    sip_config: Path | None = None
    peak: int = 100
    reach: bool = False
    probe: bool = False
    resolve: places.Resolve = places.resolved


async def look(settings: SipSettings, center: CallCenter, clock: Clock, how: How) -> Seen:
    """Raises SipError where `how.sip_config` is no such file; whatever else can't be seen is in what was seen."""
    config = await asyncio.to_thread(sip_config, how.sip_config) if how.sip_config else None
    missing = await asyncio.to_thread(secrets.missing, center)
    askable = await asyncio.to_thread(secrets.askable, center)
    name = settings.lines.agent_name
    async with asyncio.TaskGroup() as group:
        lines = group.create_task(livekit.trunks_and_rules(settings.livekit), name="livekit")
        off_s = group.create_task(livekit.clock_off_s(settings.livekit, clock), name="clock")
        accounts = group.create_task(twilio.accounts(settings.twilio, askable, clock), name="twilio")
        found = group.create_task(places.places(center, ask=how.reach, resolve=how.resolve), name="places")
        probed = group.create_task(agent.answered(settings.livekit, name, clock), name="agent") if how.probe else None
    actual, trouble = lines.result()
    seen_accounts, wrong = accounts.result()
    return Seen(
        center=center,
        agent_name=name,
        livekit=actual,
        livekit_trouble=trouble,
        secrets=(*missing, *wrong),
        twilio=seen_accounts,
        clock_off_s=off_s.result(),
        places=found.result(),
        agent_answered=probed.result() if probed else None,
        sip_config=config,
        peak=how.peak,
    )
