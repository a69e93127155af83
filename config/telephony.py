"""What the configuration says about telephone lines: who carries their calls, and what may come in and go out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from config.hours import Span


class Provider(StrEnum):
    TWILIO = "twilio"  # set up over its REST API by `python -m sip apply`
    SIP = "sip"  # any other: its side is set up by hand


class Transport(StrEnum):
    AUTO = "auto"
    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is: the name of an environment variable, or a file whose whole content it is. Exactly one."""

    env: str = ""
    file: str = ""

    def __str__(self) -> str:
        return f"environment variable {self.env}" if self.env else f"file {self.file}"


@dataclass(frozen=True, slots=True)
class Login:
    """A name and its secret: SIP digest credentials, or a provider's account."""

    name: SecretRef
    secret: SecretRef


@dataclass(frozen=True, slots=True)
class Carrier:
    """Who brings and takes the calls of one or several lines.

    `address` is where our outbound calls go (host, or host:port; no "sip:"), None: none go out. `sip_addresses` are our
    own public ones, where it sends calls in: one for each SIP pod. `allowed_addresses` are CIDRs whose INVITEs are
    taken; none for Twilio: those it publishes. `secure`: TLS and SRTP, both ways.
    """

    name: str
    provider: Provider
    address: str | None = None
    sip_addresses: tuple[str, ...] = ()
    allowed_addresses: tuple[str, ...] = ()
    transport: Transport = Transport.AUTO
    secure: bool = False
    login: Login | None = None  # with which outbound calls are let in at `address`
    account: Login | None = None  # Twilio's REST API: API key (or account SID) and its secret
    account_sid: SecretRef | None = None  # Twilio: where `account` is an API key, the account it is of


@dataclass(frozen=True, slots=True)
class Closed:
    """What a caller gets outside the practice's hours: another persona, or `message` and the end. Exactly one."""

    persona: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """`deny` are E.164 numbers, or beginnings of such ("+1900*"). `calls_per_hour` of one number; 0: no limit.

    Withheld callers are one caller to the limit only in `withheld_per_hour`, all of a line together.
    """

    closed: Closed | None = None
    deny: tuple[str, ...] = ()
    withheld: bool = True  # callers who show no number are answered
    calls_per_hour: int = 0
    withheld_per_hour: int = 0


@dataclass(frozen=True, slots=True)
class Outbound:
    """What a line may dial. Nothing goes out on a line without it; and only to `countries` (ISO 3166) or `prefixes`.

    `hours` are on the callee's own clock. `price_per_minute` and `spend_per_day` are in one currency, the operator's:
    a call is counted at its longest before it is dialled, and at its length when it is over.
    """

    caller_id: str
    countries: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    transactional: bool = False  # needs no consent entry: what the callee asked for, such as a reminder
    hours: Span | None = None  # None: 08:00-21:00
    calls_per_hour: int = 60
    calls_per_number_per_day: int = 3
    price_per_minute: float = 0.0
    spend_per_day: float = 0.0
    ringing_s: float = 30.0
    max_duration_s: float = 900.0
    voicemail: bool = True  # leave the persona's message on an answering machine; False: hang up


@dataclass(frozen=True, slots=True)
class Target:
    """A person calls may be put through to. `says` is how the agent names it; `warm`: they are briefed first, else the
    caller's own leg is handed on (SIP REFER). `confirm`: they press a key to take the call, which no voicemail does."""

    name: str
    number: str
    says: str
    warm: bool = True
    confirm: bool = False
    ringing_s: float = 25.0


@dataclass(frozen=True, slots=True)
class Telephony:
    """A line's telephone side. `carrier` None: its numbers are taken from whoever brings them (one machine only)."""

    carrier: str | None = None
    inbound: Inbound = field(default_factory=Inbound)
    outbound: Outbound | None = None
    targets: Mapping[str, Target] = field(default_factory=dict)
