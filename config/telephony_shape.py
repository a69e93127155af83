"""The shape of what callcenter.yaml says about carriers and telephone lines (config/telephony.py has the meanings)."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal

import phonenumbers
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from config.hours import Span, parse_span
from config.numbers import e164
from config.shape_base import Name, Number, Shape, Words
from config.telephony import (
    Carrier,
    Closed,
    Inbound,
    Login,
    Outbound,
    Provider,
    SecretRef,
    Target,
    Telephony,
    Transport,
)

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::[0-9]{1,5})?")
_BEGINNING = re.compile(r"\+[1-9][0-9]{0,13}\*")


def _is_host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError('write a host name or an IP address, with ":port" where it is not 5060 (no "sip:")')
    return text


def _is_network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        # LiveKit compares a name with the From header's host, which any sender may forge.
        raise ValueError("write an IP address or CIDR such as 54.172.60.0/30; names can be forged") from None
    return text


def _is_denied(text: str) -> str:
    if not _BEGINNING.fullmatch(text) and e164(text) is None:
        raise ValueError('write a number in E.164, or its beginning and a star, such as "+1900*"')
    return text


def _is_country(text: str) -> str:
    if text not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("not a country; write its two letters (ISO 3166), such as US or GB")
    return text


def _is_prefix(text: str) -> str:
    if not re.fullmatch(r"\+[1-9][0-9]{0,13}", text):
        raise ValueError('write the beginning of a number with its country code, such as "+4420"')
    return text


def _is_span(text: str) -> str:
    parse_span(text)
    return text


Host = Annotated[str, AfterValidator(_is_host)]
Network = Annotated[str, AfterValidator(_is_network)]
EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,127}$")]


class SecretShape(Shape):
    """Where a secret is. Exactly one of the two."""

    env: Annotated[EnvName | None, Field(description="Name of an environment variable.")] = None
    file: Annotated[str | None, Field(max_length=500, description="A file whose whole content it is.")] = None

    @model_validator(mode="after")
    def _is_one(self) -> SecretShape:
        if (self.env is None) == (self.file is None):
            raise ValueError("write either env or file: where the secret is, never the secret itself")
        return self

    def ref(self) -> SecretRef:
        return SecretRef(self.env or "", self.file or "")


class LoginShape(Shape):
    name: SecretShape
    secret: SecretShape

    def login(self) -> Login:
        return Login(self.name.ref(), self.secret.ref())


class CarrierShape(Shape):
    provider: Annotated[Literal["twilio", "sip"], Field(description="twilio: set up by `python -m sip apply`.")]
    address: Annotated[Host | None, Field(description="Where outbound calls go: larkfield.pstn.twilio.com")] = None
    sip_addresses: Annotated[list[Host], Field(max_length=50, description="Our own, where calls come in.")] = []
    allowed_addresses: Annotated[
        list[Network], Field(max_length=200, description="Whose calls are taken: IPs or CIDRs. twilio: none needed.")
    ] = []
    transport: Literal["auto", "udp", "tcp", "tls"] = "auto"
    secure: Annotated[bool, Field(description="TLS and SRTP, both ways.")] = False
    login: Annotated[LoginShape | None, Field(description="SIP user and password for outbound calls.")] = None
    account: Annotated[
        LoginShape | None, Field(description="Twilio: API key and secret, or account SID and auth token.")
    ] = None
    account_sid: Annotated[SecretShape | None, Field(description="Twilio, with an API key: the account's SID.")] = None

    def carrier(self, name: str) -> Carrier:
        return Carrier(
            name=name,
            provider=Provider(self.provider),
            address=self.address,
            sip_addresses=tuple(self.sip_addresses),
            allowed_addresses=tuple(self.allowed_addresses),
            transport=Transport(self.transport),
            secure=self.secure,
            login=self.login.login() if self.login else None,
            account=self.account.login() if self.account else None,
            account_sid=self.account_sid.ref() if self.account_sid else None,
        )


class ClosedShape(Shape):
    """Exactly one of the two."""

    persona: Annotated[Name | None, Field(description="Answers instead: personas/<name>.md")] = None
    message: Annotated[Words | None, Field(description="Is said, and the call ends.")] = None

    @model_validator(mode="after")
    def _is_one(self) -> ClosedShape:
        if (self.persona is None) == (self.message is None):
            raise ValueError("write either persona or message")
        return self


class InboundShape(Shape):
    closed: Annotated[ClosedShape | None, Field(description="Outside the practice's hours; none: as inside.")] = None
    deny: Annotated[
        list[Annotated[str, AfterValidator(_is_denied)]],
        Field(max_length=10_000, description='Callers who are not answered: numbers, or "+1900*".'),
    ] = []
    withheld: Annotated[bool, Field(description="Callers who show no number are answered.")] = True
    calls_per_hour: Annotated[int, Field(ge=0, le=10_000, description="Of one number; 0: no limit.")] = 0
    withheld_per_hour: Annotated[int, Field(ge=0, le=100_000, description="Without a number, all of them.")] = 0

    def inbound(self) -> Inbound:
        deny = tuple(each if each.endswith("*") else e164(each) or each for each in self.deny)
        closed = Closed(self.closed.persona, self.closed.message) if self.closed else None
        return Inbound(closed, deny, self.withheld, self.calls_per_hour, self.withheld_per_hour)


class OutboundShape(Shape):
    """What a line may dial. Premium and shared-cost numbers never."""

    caller_id: Annotated[Number, Field(description="The number callees see: one of the line's own.")]
    countries: Annotated[
        list[Annotated[str, AfterValidator(_is_country)]], Field(max_length=250, description="ISO 3166: [US, CA]")
    ] = []
    prefixes: Annotated[
        list[Annotated[str, AfterValidator(_is_prefix)]],
        Field(max_length=1000, description="Beginnings of numbers, beside `countries`."),
    ] = []
    transactional: Annotated[bool, Field(description="Needs no consent entry: what the callee asked for.")] = False
    hours: Annotated[
        Annotated[str, AfterValidator(_is_span)] | None, Field(description='The callee\'s own: "08:00-21:00".')
    ] = None
    calls_per_hour: Annotated[int, Field(ge=1, le=100_000)] = 60
    calls_per_number_per_day: Annotated[int, Field(ge=1, le=100)] = 3
    price_per_minute: Annotated[float, Field(ge=0, le=1000)] = 0.0
    spend_per_day: Annotated[float, Field(ge=0, le=1_000_000, description="0: no cap, where a minute costs 0.")] = 0.0
    ringing_s: Annotated[float, Field(ge=5, le=80)] = 30.0
    max_duration_s: Annotated[float, Field(ge=10, le=14400)] = 900.0
    voicemail: Annotated[bool, Field(description="Leave the persona's message on a machine; else hang up.")] = True

    @model_validator(mode="after")
    def _is_bounded(self) -> OutboundShape:
        if not self.countries and not self.prefixes:
            raise ValueError("write countries or prefixes: without them nothing could be dialled")
        if self.price_per_minute and not self.spend_per_day:
            raise ValueError("write spend_per_day: a price without a cap is no protection")
        return self

    def outbound(self) -> Outbound:
        return Outbound(
            caller_id=e164(self.caller_id) or self.caller_id,
            countries=tuple(self.countries),
            prefixes=tuple(self.prefixes),
            transactional=self.transactional,
            hours=_span(self.hours),
            calls_per_hour=self.calls_per_hour,
            calls_per_number_per_day=self.calls_per_number_per_day,
            price_per_minute=self.price_per_minute,
            spend_per_day=self.spend_per_day,
            ringing_s=self.ringing_s,
            max_duration_s=self.max_duration_s,
            voicemail=self.voicemail,
        )


class TargetShape(Shape):
    number: Number
    says: Annotated[Words, Field(description='As the agent names it: "the front desk".')]
    warm: Annotated[bool, Field(description="The person is briefed before the caller is joined to them.")] = True
    confirm: Annotated[bool, Field(description="They press 1 to take the call; keeps it from a voicemail.")] = False
    ringing_s: Annotated[float, Field(ge=5, le=80)] = 25.0

    def target(self, name: str) -> Target:
        return Target(name, e164(self.number) or self.number, self.says, self.warm, self.confirm, self.ringing_s)


class TelephonyShape(Shape):
    """The keys of a line that are about its telephone side."""

    carrier: Annotated[Name | None, Field(description="A name under `carriers`.")] = None
    inbound: InboundShape = InboundShape()
    outbound: Annotated[OutboundShape | None, Field(description="What may be dialled; none: nothing.")] = None
    transfer: Annotated[
        dict[Name, TargetShape], Field(max_length=100, description="People calls may be put through to.")
    ] = {}

    def telephony(self) -> Telephony:
        return Telephony(
            carrier=self.carrier,
            inbound=self.inbound.inbound(),
            outbound=self.outbound.outbound() if self.outbound else None,
            targets={name: shape.target(name) for name, shape in self.transfer.items()},
        )


def _span(text: str | None) -> Span | None:
    return parse_span(text) if text else None
