"""Which secrets of the carriers are there, and which carriers' accounts can therefore be asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from config.model import CallCenter
from config.telephony import Carrier, SecretRef
from ops.settings import BadSettings
from sip.settings import secret


def missing(center: CallCenter) -> tuple[str, ...]:
    """A clause for each that is not there, with its carrier; never a value."""
    return tuple(
        f"{problem} (carriers.{carrier.name}.{key})"
        for carrier in center.carriers.values()
        for key, ref in _refs(carrier)
        for problem in _problems(ref)
    )


def askable(center: CallCenter) -> CallCenter:
    """The same without the accounts whose secrets are missing."""
    return replace(
        center,
        carriers={
            name: replace(carrier, account=None) if _is_lacking(carrier) else carrier
            for name, carrier in center.carriers.items()
        },
    )


def _is_lacking(carrier: Carrier) -> bool:
    return any(_problems(ref) for key, ref in _refs(carrier) if not key.startswith("login"))


def _refs(carrier: Carrier) -> Iterator[tuple[str, SecretRef]]:
    for key, login in (("login", carrier.login), ("account", carrier.account)):
        if login:
            yield f"{key}.name", login.name
            yield f"{key}.secret", login.secret
    if carrier.account_sid:
        yield "account_sid", carrier.account_sid


def _problems(ref: SecretRef) -> list[str]:
    try:
        secret(ref)
    except BadSettings as error:
        return error.problems
    return []
