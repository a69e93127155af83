"""The Twilio accounts that callcenter.yaml names, each with the carriers that use it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from config.model import CallCenter
from config.telephony import Carrier, Provider
from ops.clock import Clock
from ops.settings import BadSettings
from sip.settings import Credentials, Twilio, credentials, secret
from sip.twilio import client
from sip.twilio.provider import TwilioLines
from sip.twilio.wanted import wanted_of
from sip.twilio.wire import HttpWire

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")


def twilio_lines(
    settings: Twilio, center: CallCenter, logins: Mapping[str, Credentials], clock: Clock, *, take_over: bool = False
) -> list[TwilioLines]:
    """One provider for each account. `logins`: the SIP logins by carrier. A carrier of Twilio without an `account` is
    set up by hand. Raises BadSettings with every secret that is missing."""
    accounts: dict[tuple[str, str], Credentials] = {}
    carriers: dict[tuple[str, str], list[Carrier]] = {}
    problems: list[str] = []
    for carrier in center.carriers.values():
        if carrier.provider is not Provider.TWILIO or carrier.account is None:
            continue
        try:
            key = credentials(carrier.account)
            which = (_account_sid(carrier, key), key.name)
        except BadSettings as error:
            problems += [f"{problem} (carriers.{carrier.name})" for problem in error.problems]
            continue
        accounts[which] = key
        carriers.setdefault(which, []).append(carrier)
    if problems:
        raise BadSettings(problems)
    return [
        TwilioLines(
            client.Twilio(
                which[0],
                HttpWire(settings.api_url, key, client.AT_ONCE),
                HttpWire(settings.trunking_url, key, client.AT_ONCE),
                clock,
            ),
            [wanted_of(center, carrier, logins.get(carrier.name), key.secret) for carrier in carriers[which]],
            take_over=take_over,
        )
        for which, key in accounts.items()
    ]


def _account_sid(carrier: Carrier, key: Credentials) -> str:
    """An API key may ask for everything in its account but what the account's SID is."""
    sid = secret(carrier.account_sid) if carrier.account_sid else key.name
    if not _ACCOUNT.fullmatch(sid):
        where = str(carrier.account_sid) if carrier.account_sid else "account_sid is missing and account.name"
        raise BadSettings(
            [f"{where} is no account SID (AC and 32 hexadecimal digits; on the first page of the console)"]
        )
    return sid
