"""The one place that picks what `python -m sip` works on."""

from __future__ import annotations

from config.model import CallCenter
from ops.settings import BadSettings
from sip.lines.livekit import LiveKitLines
from sip.lines.wanted import wanted
from sip.plan import Provider
from sip.settings import Credentials, SipSettings, credentials


def providers(settings: SipSettings, center: CallCenter, *, destroy: bool = False) -> list[Provider]:
    """In the order to set up: a carrier sends calls only to a server that takes them. Undone in the opposite one.

    Raises BadSettings where a secret that callcenter.yaml refers to is missing; `destroy` needs none for LiveKit.
    """
    logins = {} if destroy else _logins(center)
    return [LiveKitLines(settings.livekit, wanted(center, settings.lines.agent_name, logins))]


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
