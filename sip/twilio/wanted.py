"""What callcenter.yaml wants of a Twilio account for one carrier, and what Twilio would not take of it."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from config.model import CallCenter
from config.telephony import Carrier, Transport
from sip.settings import Credentials
from sip.twilio.account import MARK

PRIORITY = WEIGHT = 10  # Twilio's defaults; equal ones share the calls out evenly
TRANSFER_MODE = "enable-all"  # SIP REFER to a SIP address or to a number
RECORDING = "do-not-record"  # recordings are our own: never two of one call
_LONGEST_NAME = 64 - len(MARK) - len(" 0123456789ab")  # Twilio: at most 64 characters in a friendly name
_DOMAIN = re.compile(r"([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.pstn(?:\.[a-z0-9-]+)?\.twilio\.com", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One carrier's trunk. `domain` is empty where nothing is dialled out; `urls` are where calls are sent.

    `fingerprint` stands for `login` in the credential list's name: Twilio gives no password back, so this is how a
    changed one is noticed. It is keyed with the account's secret: who can read the name can try out no passwords.
    """

    carrier: str
    domain: str
    secure: bool
    urls: tuple[str, ...]
    numbers: tuple[str, ...]
    login: Credentials | None = field(default=None, repr=False)
    fingerprint: str = ""

    @property
    def name(self) -> str:
        return f"{MARK}{self.carrier}"

    @property
    def list_name(self) -> str:
        return f"{self.name} {self.fingerprint}"


def wanted_of(center: CallCenter, carrier: Carrier, login: Credentials | None, key: str) -> Wanted:
    """`key`: the secret of the account, with which the login's fingerprint is made."""
    numbers = [
        number for line in center.lines.values() if line.telephony.carrier == carrier.name for number in line.numbers
    ]
    return Wanted(
        carrier=carrier.name,
        domain=_domain(carrier),
        secure=carrier.secure,
        urls=tuple(dict.fromkeys(_url(address, carrier) for address in carrier.sip_addresses)),
        numbers=tuple(dict.fromkeys(numbers)),
        login=login,
        fingerprint=_fingerprint(login, key) if login else "",
    )


def problems(wanted: Wanted) -> list[str]:
    """What Twilio would refuse, told before anything is asked of it. Never a secret."""
    found = []
    who = f"carrier {wanted.carrier}"
    if len(wanted.carrier) > _LONGEST_NAME:
        found.append(f"{who}: a name of at most {_LONGEST_NAME} characters fits into Twilio's.")
    if wanted.domain and not _DOMAIN.fullmatch(wanted.domain):
        found.append(
            f"{who}: its address {wanted.domain} is none of a Twilio trunk (error 21245). Write <name>.pstn.twilio.com"
            " with a name of your choice: letters, digits, dashes."
        )
    if wanted.numbers and not wanted.urls:
        found.append(
            f"{who}: its numbers would ring nowhere (error 32010). Write the public addresses of your SIP pods as"
            " sip_addresses."
        )
    if wanted.login:
        found += [f"{who}: {problem}" for problem in _weaknesses(wanted.login)]
    return found


def hosts(wanted: Wanted) -> frozenset[str]:
    """Where its calls are sent, without port and transport."""
    return frozenset(host_of(url) for url in wanted.urls)


def host_of(url: str) -> str:
    return way(url)[1]


def way(url: str) -> tuple[str, str, str, frozenset[str]]:
    """User, host, port and parameters of a SIP URL, with what is left out said: equal ones lead to the same place."""
    address, *said = url.strip().removeprefix("sip:").split(";")
    user, _, at = address.rpartition("@")
    host, _, port = at.lower().partition(":")
    parameters = frozenset(map(str.lower, said))
    if not any(each.startswith("transport=") for each in parameters):
        parameters |= {"transport=udp"}
    return user, host, port or ("5061" if "transport=tls" in parameters else "5060"), parameters


def _domain(carrier: Carrier) -> str:
    """The trunk's domain: the address without port, and without the edge that <name>.pstn.<edge>.twilio.com names."""
    address = (carrier.address or "").partition(":")[0].lower()
    matched = _DOMAIN.fullmatch(address)
    return f"{matched[1]}.pstn.twilio.com" if matched else address


def _url(address: str, carrier: Carrier) -> str:
    host, _, port = address.lower().partition(":")
    if carrier.secure or carrier.transport is Transport.TLS:
        return f"sip:{host}:{port or 5061};transport=tls"
    return f"sip:{host}:{port or 5060};transport={'tcp' if carrier.transport is Transport.TCP else 'udp'}"


def _fingerprint(login: Credentials, key: str) -> str:
    text = f"switchboard sip login\0{login.name}\0{login.secret}"
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:12]


def _weaknesses(login: Credentials) -> list[str]:
    """By the reference of the SIP Credential resource, read 2026-11-21."""
    found = []
    if len(login.name) > 32:
        found.append("the login's name may have at most 32 characters.")
    secret = login.secret
    mixed = any(map(str.isdigit, secret)) and any(map(str.islower, secret)) and any(map(str.isupper, secret))
    if len(secret) < 12 or not mixed:
        found.append("the login's secret needs 12 characters with a digit, small and capital letters.")
    return found
