"""The one place that picks what `python -m sip` works on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from calls.ports import StoreDown
from calls.stores.connect import executor_of
from calls.stores.permit_keys import PermitKeys
from config.model import CallCenter
from ops.clock import SystemClock
from ops.settings import BadSettings
from sip.errors import SipError
from sip.lines.livekit import LiveKitLines
from sip.lines.wanted import wanted
from sip.plan import Provider
from sip.settings import Credentials, SipSettings, State, credentials
from sip.twilio.accounts import twilio_lines


@dataclass(frozen=True, slots=True)
class Wishes:
    """`take_over`: numbers that are on trunks of others are moved. `destroy` needs no secret but the accounts'."""

    destroy: bool = False
    take_over: bool = False


Make = Callable[[SipSettings, CallCenter, Wishes], Sequence[Provider]]


def providers(
    settings: SipSettings, center: CallCenter, wishes: Wishes | None = None, *, only: str | None = None
) -> list[Provider]:
    """In the order to set up: a carrier sends calls only to a server that takes them. Undone in the opposite one.

    `only`: those of one entry of PROVIDERS. Raises BadSettings where a secret that callcenter.yaml refers to is
    missing.
    """
    wishes = wishes or Wishes()
    made = [make(settings, center, wishes) for name, make in PROVIDERS.items() if only in (None, name)]
    found = [provider for some in made for provider in some]
    return found[::-1] if wishes.destroy else found


@asynccontextmanager
async def permits(state: State) -> AsyncIterator[PermitKeys]:
    """The consents, opt-outs and decisions that agents and control have. Raises BadSettings, and SipError for a store
    that cannot be asked."""
    store = executor_of(state)
    try:
        yield PermitKeys(store, prefix=state.prefix)
    except StoreDown as error:
        raise SipError(f"The store at STATE_URL cannot be asked: {error}. Nothing is known to have changed.") from error
    finally:
        await store.aclose()


def _livekit(settings: SipSettings, center: CallCenter, wishes: Wishes) -> Sequence[Provider]:
    lines = wanted(center, settings.lines.agent_name, _logins(center, wishes))
    return [LiveKitLines(settings.livekit, lines)]


def _twilio(settings: SipSettings, center: CallCenter, wishes: Wishes) -> Sequence[Provider]:
    logins = _logins(center, wishes)
    return twilio_lines(settings.twilio, center, logins, SystemClock(), take_over=wishes.take_over)


def _logins(center: CallCenter, wishes: Wishes) -> dict[str, Credentials]:
    found: dict[str, Credentials] = {}
    problems: list[str] = []
    for carrier in center.carriers.values():
        if carrier.login and not wishes.destroy:
            try:
                found[carrier.name] = credentials(carrier.login)
            except BadSettings as error:
                problems += [f"{problem} (carriers.{carrier.name}.login)" for problem in error.problems]
    if problems:
        raise BadSettings(problems)
    return found


PROVIDERS: dict[str, Make] = {"livekit": _livekit, "twilio": _twilio}
"""By name, in the order to set up."""
