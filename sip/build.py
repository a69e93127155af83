"""The one place that picks what `python -m sip` works on."""

from __future__ import annotations

from config.model import CallCenter
from ops.clock import SystemClock
from ops.settings import BadSettings
from sip.lines.livekit import LiveKitLines
from sip.lines.wanted import wanted
from sip.plan import Provider
from sip.settings import Credentials, SipSettings, credentials
from sip.twilio.accounts import twilio_lines


def providers(
    settings: SipSettings, center: CallCenter, *, destroy: bool = False, take_over: bool = False
) -> list[Provider]:
    """In the order to set up: a carrier sends calls only to a server that takes them. Undone in the opposite one.

    `take_over`: numbers that are on trunks of others are moved. Raises BadSettings where a secret that callcenter.yaml
    refers to is missing; `destroy` needs those of the carriers' accounts only.
    """
    logins = {} if destroy else _logins(center)
    livekit = LiveKitLines(settings.livekit, wanted(center, settings.lines.agent_name, logins))
    return [livekit, *twilio_lines(settings.twilio, center, logins, SystemClock(), take_over=take_over)]


def _logins(center: CallCenter) -> dict[str, Credentials]:
    found: dict[str, Credentials] = {}
    problems: list[str] = []
    for carrier in center.carriers.values():
        if carrier.login:
            try:
                found[carrier.name] = credentials(carrier.login)
            except BadSettings as error:
                problems += [f"{problem} (carriers.{carrier.name}.login)" for problem in error.problems]
    if problems:
        raise BadSettings(problems)
    return found
