"""What the Twilio accounts have."""

from __future__ import annotations

import asyncio

from config.model import CallCenter
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.settings import BadSettings
from sip.doctor.seen import TwilioSeen
from sip.errors import ProviderError
from sip.settings import Twilio
from sip.twilio.account import Account
from sip.twilio.accounts import twilio_lines
from sip.twilio.provider import TwilioLines

_SURVEY_S = 30.0


async def accounts(
    settings: Twilio, center: CallCenter, clock: Clock
) -> tuple[tuple[TwilioSeen, ...], tuple[str, ...]]:
    """Each account, read side by side; or what is wrong with the SID of one.

    A carrier without an `account` is set up by hand, and nobody can look. The secrets of the others must be there.
    """
    try:
        lines = twilio_lines(settings, center, {}, clock)
    except BadSettings as error:
        return (), tuple(error.problems)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_read(each), name=each.name) for each in lines]
    return tuple(task.result() for task in tasks), ()


async def _read(lines: TwilioLines) -> TwilioSeen:
    try:
        async with deadline(_SURVEY_S, "Twilio"):
            return TwilioSeen(lines.wanted, await lines.survey())
    except (ProviderError, DeadlineExceeded) as error:
        return TwilioSeen(lines.wanted, Account(""), str(error))
    finally:
        await lines.aclose()
