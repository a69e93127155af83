"""Twilio as a provider of `python -m sip plan | apply | destroy`: one account, the carriers that use it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sip.plan import Change, Plan
from sip.twilio import account
from sip.twilio.account import Account
from sip.twilio.client import AT_ONCE, Twilio
from sip.twilio.ownership import ownership
from sip.twilio.planner import planned, undone
from sip.twilio.steps import Hands, Step
from sip.twilio.wanted import Wanted


class TwilioLines:
    """`take_over`: numbers are taken from trunks that Switchboard did not make."""

    at_once = AT_ONCE

    def __init__(self, twilio: Twilio, wanted: Sequence[Wanted], *, take_over: bool = False) -> None:
        self.name = f"Twilio ({', '.join(each.carrier for each in wanted)})"
        self.wanted = tuple(wanted)
        self._twilio, self._take_over = twilio, take_over
        self._hands = Hands(twilio)

    async def plan(self, *, destroy: bool = False) -> Plan:
        found = await self.survey()
        self._hands.trunks = {name: trunk.sid for name, trunk in ownership(found, self.wanted).of.items()}
        if destroy:
            return undone(self.name, found, self.wanted)
        return planned(self.name, found, self.wanted, take_over=self._take_over)

    async def survey(self) -> Account:
        """What the account has. Raises ProviderError where it can't be read."""
        return await account.survey(self._twilio)

    async def do(self, change: Change) -> None:
        await cast(Step, change.subject).take(self._hands)

    async def aclose(self) -> None:
        await self._twilio.aclose()
