"""Consents, opt-outs, decisions and orders to call as the text that a store keeps. What comes back may be anybody's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from calls.outbound import DialState, OutboundCall
from calls.permits import Consent, Decision, OptOut
from calls.stores.codec import Unreadable, as_text


def consent_text(consent: Consent) -> str:
    """Without the number: that is the key's business."""
    return _text({name: value for name, value in asdict(consent).items() if name != "number"})


def consent_field(consent: Consent) -> str:
    """The same consent told twice (an import that is repeated) is one."""
    return _text([consent.purpose, consent.given_at, consent.how])


def consent_of(number: str, text: str | bytes) -> Consent:
    """Raises Unreadable."""
    found = _object(text)
    try:
        expires_at = found.get("expires_at")
        return Consent(
            number=number,
            purpose=str(found["purpose"]),
            how=str(found["how"]),
            given_at=float(found["given_at"]),
            expires_at=None if expires_at is None else float(expires_at),
            who=str(found.get("who", "")),
        )
    except (KeyError, TypeError, ValueError):
        raise Unreadable("not a consent") from None


def opt_out_text(out: OptOut) -> str:
    return _text({"at": out.at, "how": out.how, "call_id": out.call_id})


def opt_out_of(number: str, text: str | bytes) -> OptOut:
    """An entry that cannot be read is one all the same: somebody wanted no calls. Never raises."""
    try:
        found = _object(text)
        return OptOut(number, float(found.get("at", 0.0)), str(found.get("how", "")), str(found.get("call_id", "")))
    except (Unreadable, TypeError, ValueError):
        return OptOut(number, 0.0, "unreadable")


def decision_text(decision: Decision) -> str:
    return _text(asdict(decision) | {"facts": dict(decision.facts)})


def decision_of(text: str | bytes) -> Decision:
    """Raises Unreadable."""
    found = _object(text)
    try:
        return Decision(
            at=float(found["at"]),
            call_id=str(found["call_id"]),
            line=str(found["line"]),
            number=str(found["number"]),
            allowed=found["allowed"] is True,
            reason=str(found["reason"]),
            facts=_words(found.get("facts", {})),
        )
    except (KeyError, TypeError, ValueError):
        raise Unreadable("not a decision") from None


def order_text(call: OutboundCall) -> str:
    return _text(asdict(call) | {"data": dict(call.data), "state": call.state.value})


def order_of(text: str | bytes) -> OutboundCall:
    """Raises Unreadable."""
    found = _object(text)
    try:
        return OutboundCall(
            call_id=str(found["call_id"]),
            number=str(found["number"]),
            line=str(found["line"]),
            persona=str(found["persona"]),
            asked_at=float(found["asked_at"]),
            not_before=float(found.get("not_before", 0.0)),
            data=_words(found.get("data", {})),
            purpose=str(found.get("purpose", "")),
            max_duration_s=float(found.get("max_duration_s", 0.0)),
            state=DialState(found["state"]),
            changed_at=float(found.get("changed_at", 0.0)),
            sip_status=int(found.get("sip_status", 0)),
            reason=str(found.get("reason", "")),
            webhook=str(found.get("webhook", "")),
            version=int(found["version"]),
        )
    except (KeyError, TypeError, ValueError):
        raise Unreadable("not an order to call") from None


def _words(found: Any) -> Mapping[str, str]:
    return {str(name): str(value) for name, value in dict(found).items()}


def _text(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(as_text(text))
    except ValueError:
        raise Unreadable("not JSON") from None
    if not isinstance(found, dict):
        raise Unreadable("not an object")
    return found
