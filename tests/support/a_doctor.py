"""A house in good health: lines at a real LiveKit server and at a Twilio account, made by `apply`; and its doctor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from livekit import api

from config.model import CallCenter
from config.telephony import Carrier, Login, Outbound, Provider, SecretRef, Telephony
from local import rooms
from local.info import StackInfo
from ops.clock import Clock, SystemClock
from sip.carry_out import carry_out
from sip.doctor.finding import Finding
from sip.doctor.look import How, look
from sip.doctor.seen import Seen
from sip.doctor.table import examined
from sip.lines.livekit import LiveKitLines
from sip.lines.wanted import wanted
from sip.plan import Provider as Lines_
from sip.settings import Lines, Livekit, SipSettings, Twilio
from sip.twilio.accounts import twilio_lines
from tests.support.a_twilio import NUMBERS, SIP_LOGIN, Town, a_carrier
from tests.support.call_center import call_center, line

NIGHT = "+15550100003"
PUBLIC = "93.184.216.34"
LOGIN = Login(SecretRef(env="SIP_USER"), SecretRef(env="SIP_PASSWORD"))
ENVIRONMENT = {"SIP_USER": SIP_LOGIN.name, "SIP_PASSWORD": SIP_LOGIN.secret}


async def public(_: str) -> Sequence[str]:
    """What every name stands for: no test asks a name server."""
    return (PUBLIC,)


def a_healthy_center(*, secure: bool = False) -> CallCenter:
    phone = a_carrier(login=LOGIN, secure=secure)
    desk = Carrier("desk", Provider.SIP, address="sip.example.com", allowed_addresses=("192.0.2.0/24",))
    clinic = line("clinic", *NUMBERS, telephony=Telephony("phone", outbound=Outbound(NUMBERS[0], ("US",))))
    night = line("night", NIGHT, telephony=Telephony("desk", outbound=Outbound(NIGHT, ("US",))))
    return call_center([clinic, night], [phone, desk])


def livekit_settings(info: StackInfo, **other: str) -> Livekit:
    given = {"LIVEKIT_URL": info.livekit_url, "LIVEKIT_API_KEY": info.api_key, "LIVEKIT_API_SECRET": info.api_secret}
    return Livekit.model_validate(given | other)


@dataclass
class House:
    """`center` may be changed before `seen`: the configuration, and the servers, are two things."""

    info: StackInfo
    town: Town
    center: CallCenter = field(default_factory=a_healthy_center)
    how: How = field(default_factory=lambda: How(resolve=public))
    clock: Clock = field(default_factory=SystemClock)

    @property
    def settings(self) -> SipSettings:
        twilio = Twilio.model_validate({"TWILIO_API_URL": self.town.url, "TWILIO_TRUNKING_URL": self.town.url})
        lines = Lines.model_validate({"AGENT_NAME": "receptionist"})
        return SipSettings(livekit=livekit_settings(self.info), lines=lines, twilio=twilio)

    async def apply(self) -> None:
        logins = {"phone": SIP_LOGIN}
        lines: list[Lines_] = [LiveKitLines(self.settings.livekit, wanted(self.center, "receptionist", logins))]
        lines += twilio_lines(self.settings.twilio, self.center, logins, self.town.clock)
        for provider in lines:
            plan = await provider.plan()
            done = await carry_out(provider, plan)
            await provider.aclose()
            assert not plan.refusals and done.complete, (plan, done)

    async def seen(self) -> Seen:
        return await look(self.settings, self.center, self.clock, self.how)

    async def findings(self) -> list[tuple[str, Finding]]:
        return examined(await self.seen())

    def change_carrier(self, name: str, **changes: object) -> None:
        carriers = dict(self.center.carriers)
        carriers[name] = replace(carriers[name], **changes)  # type: ignore[arg-type]
        self.center = replace(self.center, carriers=carriers)

    @asynccontextmanager
    async def livekit(self) -> AsyncIterator[api.LiveKitAPI]:
        async with rooms.client(self.info) as client:
            yield client

    @asynccontextmanager
    async def trunk(self, name: str) -> AsyncIterator[api.SIPInboundTrunkInfo]:
        """The inbound trunk of a line, put back as the block leaves it."""
        async with self.livekit() as client:
            found = (await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items
            (trunk,) = (each for each in found if each.name == f"switchboard: {name}")
            yield trunk
            await client.sip.update_inbound_trunk(trunk.sip_trunk_id, trunk)

    @asynccontextmanager
    async def outbound(self, name: str) -> AsyncIterator[api.SIPOutboundTrunkInfo]:
        """The outbound trunk of a carrier, put back as the block leaves it."""
        async with self.livekit() as client:
            found = (await client.sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest())).items
            (trunk,) = (each for each in found if each.name == f"switchboard: {name}")
            yield trunk
            await client.sip.update_outbound_trunk(trunk.sip_trunk_id, trunk)

    @asynccontextmanager
    async def rule(self, name: str) -> AsyncIterator[api.SIPDispatchRuleInfo]:
        """The rule of a line, put back as the block leaves it."""
        async with self.livekit() as client:
            found = (await client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())).items
            (rule,) = (each for each in found if each.name == f"switchboard: {name}")
            yield rule
            await client.sip.update_dispatch_rule(rule.sip_dispatch_rule_id, rule)

    async def empty(self) -> None:
        """The server without any trunk or rule."""
        async with self.livekit() as client:
            for rule in (await client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())).items:
                request = api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=rule.sip_dispatch_rule_id)
                await client.sip.delete_dispatch_rule(request)
            inbound = (await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items
            outbound = (await client.sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest())).items
            for trunk_id in [trunk.sip_trunk_id for trunk in inbound] + [trunk.sip_trunk_id for trunk in outbound]:
                await client.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=trunk_id))
