"""The bodies of /v1/calls: what is asked for, and how a call is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from calls.outbound import OutboundCall
from control.dialling.hooks import LONGEST

_Name = Annotated[str, Field(min_length=1, max_length=64)]
_Data = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=2000)]], Field(max_length=50)
]


class Order(BaseModel):
    """POST /v1/calls."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False)

    to: Annotated[str, Field(min_length=1, max_length=64)]
    line: _Name
    persona: _Name | None = None
    data: _Data = {}
    purpose: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9 ._-]*$")] = ""
    max_duration_s: Annotated[float | None, Field(ge=10, le=14400)] = None
    not_before: AwareDatetime | None = None
    webhook: Annotated[str | None, Field(max_length=LONGEST)] = None


def shown(call: OutboundCall) -> dict[str, Any]:
    """A call as the API and the webhooks have it. Times are ISO 8601, UTC."""
    return {
        "id": call.call_id,
        "state": call.state.value,
        "to": call.number,
        "line": call.line,
        "persona": call.persona,
        "purpose": call.purpose,
        "data": dict(call.data),
        "max_duration_s": call.max_duration_s,
        "asked_at": _time(call.asked_at),
        "not_before": _time(call.not_before) if call.not_before else None,
        "changed_at": _time(call.changed_at or call.asked_at),
        "reason": call.reason or None,
        "sip_status": call.sip_status or None,
        "webhook": call.webhook or None,
        "version": call.version,
    }


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
