"""A Twilio account on the wire, and the lines that callcenter.yaml would want of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from config.model import CallCenter
from config.telephony import Carrier, Login, Provider, SecretRef
from local.stand_ins.twilio.account import Account, Origin, Trunk, new_sid
from local.stand_ins.twilio.control import Effect, Order
from local.stand_ins.twilio.server import Manner, TwilioStandIn, serving
from ops.clock import SystemClock
from sip.carry_out import Done, carry_out
from sip.plan import Plan
from sip.settings import Credentials, Twilio
from sip.twilio.accounts import twilio_lines
from sip.twilio.provider import TwilioLines

SID, TOKEN = "AC" + "5" * 32, "account-token-never-shown"
SIP_LOGIN = Credentials("larkfield", "Never-Shown-Passw0rd")
NUMBERS = ("+15550100001", "+15550100002")
ACCOUNT = Login(SecretRef(env="TWILIO_NAME"), SecretRef(env="TWILIO_SECRET"))
ENVIRONMENT = {"TWILIO_NAME": SID, "TWILIO_SECRET": TOKEN}


class Hurried(SystemClock):
    """Sleeps no longer than a turn of the loop, and notes how long it was to."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, s: float) -> None:
        if s > 0:
            self.slept.append(s)
        await asyncio.sleep(0)


def a_carrier(name: str = "phone", **more: Any) -> Carrier:
    usual: dict[str, Any] = {
        "address": "larkfield.pstn.twilio.com",
        "sip_addresses": ("sip-0.example.com", "sip-1.example.com"),
        "account": ACCOUNT,
    }
    return Carrier(name=name, provider=Provider.TWILIO, **usual | more)


def a_center(carriers: Sequence[Carrier], numbers: Mapping[str, Sequence[str]]) -> CallCenter:
    """`numbers`: by carrier, one line each."""
    lines = {
        carrier: SimpleNamespace(telephony=SimpleNamespace(carrier=carrier), numbers=tuple(some))
        for carrier, some in numbers.items()
    }
    return cast(CallCenter, SimpleNamespace(lines=lines, carriers={each.name: each for each in carriers}))


@dataclass
class Town:
    """The account, where it is served, and `python -m sip` without its terminal."""

    stand_in: TwilioStandIn
    url: str
    clock: Hurried = field(default_factory=Hurried)

    @property
    def account(self) -> Account:
        return self.stand_in.account

    @property
    def trunk(self) -> Trunk:
        """The only one."""
        (trunk,) = self.account.trunks.values()
        return trunk

    def numbers_of(self, trunk: Trunk) -> set[str]:
        return {each.phone_number for each in self.account.numbers.values() if each.trunk_sid == trunk.sid}

    def passwords(self) -> dict[str, str]:
        return {name: password for each in self.account.lists.values() for name, password in each.users.values()}

    def trouble(self, only: str, count: int = 1, **effect: Any) -> None:
        self.stand_in.control.order(Order(next=Effect(**effect), count=count, only=only))

    def foreign_trunk(self, name: str = "Their PBX", **more: Any) -> Trunk:
        sid, origin = new_sid("TK"), Origin(new_sid("OU"), "pbx", "sip:pbx.example.net", 10, 10, True)
        trunk = Trunk(sid, name, origins={origin.sid: origin}, **more)
        self.account.trunks[sid] = trunk
        return trunk

    @asynccontextmanager
    async def lines(
        self, *carriers: Carrier, numbers: Mapping[str, Sequence[str]] | None = None, **more: Any
    ) -> AsyncIterator[TwilioLines]:
        """`more`: `login` (SIP_LOGIN, or None), `take_over`."""
        used = carriers or (a_carrier(),)
        center = a_center(used, numbers if numbers is not None else {used[0].name: NUMBERS})
        login = more.pop("login", SIP_LOGIN)
        logins = {each.name: login for each in used} if login else {}
        settings = Twilio(TWILIO_API_URL=self.url, TWILIO_TRUNKING_URL=self.url)  # type: ignore[call-arg]
        (found,) = twilio_lines(settings, center, logins, self.clock, **more)
        try:
            yield found
        finally:
            await found.aclose()

    async def plan(self, *carriers: Carrier, destroy: bool = False, **more: Any) -> Plan:
        async with self.lines(*carriers, **more) as lines:
            return await lines.plan(destroy=destroy)

    async def apply(self, *carriers: Carrier, destroy: bool = False, **more: Any) -> Done:
        """As the command does: with refusals nothing is done."""
        async with self.lines(*carriers, **more) as lines:
            plan = await lines.plan(destroy=destroy)
            assert not plan.refusals, plan.refusals
            return await carry_out(lines, plan)


@asynccontextmanager
async def a_town(numbers: Sequence[str] = NUMBERS, manner: Manner | None = None) -> AsyncIterator[Town]:
    account = Account(SID)
    for number in numbers:
        account.buy(number)
    stand_in = TwilioStandIn(account, {SID: TOKEN}, manner or Manner())
    async with serving(stand_in) as url:
        yield Town(stand_in, url)
