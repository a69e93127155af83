"""Everything that `doctor` judges by, looked at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from livekit import api

from config.model import CallCenter
from config.numbers import dialled_digits
from config.telephony import Carrier, Provider
from sip.lines import mark
from sip.lines.actual import Actual
from sip.twilio.account import Account
from sip.twilio.wanted import Wanted


@dataclass(frozen=True, slots=True)
class TwilioSeen:
    """One account and what its carriers want of it. `trouble`: why it could not be read; `account` is empty then."""

    wanted: tuple[Wanted, ...]
    account: Account
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """One of a carrier's `sip_addresses`. `addresses`: what its name stands for, none: nothing.

    `trouble`: why no SIP server answered there, "" where one did or none was asked.
    """

    carrier: str
    url: str  # sip:host:port;transport=udp
    addresses: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class SipConfig:
    """LiveKit SIP's own file: its RTP ports, both ends included, whether it takes TLS, and the codecs it switches off
    ("PCMU/8000")."""

    path: str
    first_port: int
    last_port: int
    tls: bool
    codecs_off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialled:
    """A number of the configuration."""

    number: str
    line: str
    carrier: Carrier | None

    @property
    def is_twilios(self) -> bool:
        return self.carrier is not None and self.carrier.provider is Provider.TWILIO


@dataclass(frozen=True, slots=True)
class Seen:
    """None, or empty, stands for "not looked at", and no check makes a fault of it; but an empty `livekit` has nothing,
    unless `livekit_trouble` says why it could not be read. `clock_off_s`: how far our clock is ahead of LiveKit's."""

    center: CallCenter
    agent_name: str
    livekit: Actual = field(default_factory=Actual)
    livekit_trouble: str = ""
    secrets: tuple[str, ...] = ()
    twilio: tuple[TwilioSeen, ...] = ()
    clock_off_s: float | None = None
    places: tuple[Place, ...] = ()
    agent_answered: bool | None = None
    sip_config: SipConfig | None = None
    peak: int = 0

    @property
    def numbers(self) -> Iterator[Dialled]:
        for line in self.center.lines.values():
            for number in line.numbers:
                yield Dialled(number, line.name, self.center.carriers.get(line.telephony.carrier or ""))

    def on(self, trunk: api.SIPInboundTrunkInfo) -> list[Dialled]:
        """The configuration's numbers that the trunk takes."""
        taken = set(map(dialled_digits, trunk.numbers))
        return [each for each in self.numbers if dialled_digits(each.number) in taken]

    @property
    def own_trunks(self) -> Iterator[tuple[api.SIPInboundTrunkInfo, list[Dialled]]]:
        """Those that `apply` made and that take a number of the configuration, with those numbers."""
        for trunk in self.livekit.ours(self.agent_name).inbound:
            if numbers := self.on(trunk):
                yield trunk, numbers

    def is_ours(self, thing: api.SIPInboundTrunkInfo | api.SIPDispatchRuleInfo) -> bool:
        return mark.is_ours(thing.metadata, self.agent_name)

    def rules_of(self, trunk: api.SIPInboundTrunkInfo) -> Sequence[api.SIPDispatchRuleInfo]:
        """Those that name it. The server asks the ones that name no trunk only where there is none of these."""
        return [rule for rule in self.livekit.rules if trunk.sip_trunk_id in rule.trunk_ids]


def told(thing: api.SIPInboundTrunkInfo | api.SIPOutboundTrunkInfo | api.SIPDispatchRuleInfo) -> str:
    """Which one, for a person: its name and its id."""
    known = thing.sip_dispatch_rule_id if isinstance(thing, api.SIPDispatchRuleInfo) else thing.sip_trunk_id
    return f'"{thing.name}" ({known})'
