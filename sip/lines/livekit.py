"""The provider of trunks and dispatch rules: a LiveKit server over its API."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar, cast

import aiohttp
from livekit import api
from livekit.api import ServerError

from ops.deadline import deadline
from sip.errors import ProviderError
from sip.lines.actual import Actual
from sip.lines.compare import NAME, compare
from sip.lines.steps import PutOutbound, PutRule, PutTrunk, RemoveRule, RemoveTrunk, Step
from sip.lines.wanted import Wanted
from sip.plan import Change, Plan
from sip.settings import Livekit

ANSWERS_WITHIN_S = 10.0
_AT_ONCE = 8

T = TypeVar("T")


class LiveKitLines:
    """Makes a server's trunks and rules those of `wanted`."""

    name = NAME
    at_once = _AT_ONCE

    def __init__(self, settings: Livekit, wanted: Wanted, *, answers_within_s: float = ANSWERS_WITHIN_S) -> None:
        self._settings = settings
        self._wanted = wanted
        self._answers_within_s = answers_within_s
        self._connected: api.LiveKitAPI | None = None
        self._made: dict[str, str] = {}  # a line -> the id of the trunk that was made for it

    async def plan(self, *, destroy: bool = False) -> Plan:
        """Everything on the server against what is wanted. ProviderError where it can't be read."""
        return compare(Wanted(self._wanted.agent_name) if destroy else self._wanted, await self.read())

    async def read(self) -> Actual:
        """Everything on the server, ours and others'. ProviderError where it can't be read."""
        sip = self._sip
        inbound = await self._asked(sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest()))
        outbound = await self._asked(sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest()))
        rules = await self._asked(sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest()))
        return Actual(tuple(inbound.items), tuple(outbound.items), tuple(rules.items))

    async def do(self, change: Change) -> None:
        """Carry out one change. ProviderError where it was not done, or is not known to have been."""
        step = cast(Step, change.subject)
        match step:
            case PutTrunk():
                await self._put_trunk(step)
            case PutRule():
                await self._put_rule(step)
            case PutOutbound():
                await self._put_outbound(step)
            case RemoveTrunk():
                await self._removed(self._sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=step.id)))
            case RemoveRule():
                request = api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=step.id)
                await self._removed(self._sip.delete_dispatch_rule(request))

    async def aclose(self) -> None:
        if self._connected:
            connected, self._connected = self._connected, None
            await connected.aclose()

    async def _put_trunk(self, step: PutTrunk) -> None:
        if step.id:
            await self._asked(self._sip.update_inbound_trunk(step.id, step.trunk))
        else:
            request = api.CreateSIPInboundTrunkRequest(trunk=step.trunk)
            made = await self._asked(self._sip.create_inbound_trunk(request))
            self._made[step.line] = made.sip_trunk_id

    async def _put_rule(self, step: PutRule) -> None:
        rule = api.SIPDispatchRuleInfo()
        rule.CopyFrom(step.rule)
        rule.trunk_ids.append(step.trunk_id or self._made[step.line])
        if step.id:
            await self._asked(self._sip.update_dispatch_rule(step.id, rule))
        else:
            request = api.CreateSIPDispatchRuleRequest(dispatch_rule=rule)
            await self._asked(self._sip.create_dispatch_rule(request))

    async def _put_outbound(self, step: PutOutbound) -> None:
        if step.id:
            await self._asked(self._sip.update_outbound_trunk(step.id, step.trunk))
        else:
            await self._asked(self._sip.create_outbound_trunk(api.CreateSIPOutboundTrunkRequest(trunk=step.trunk)))

    @property
    def _sip(self) -> api.sip_service.SipService:
        if self._connected is None:
            url, key, secret = self._settings.url, self._settings.api_key, self._settings.api_secret.get_secret_value()
            # No failover: it repeats what may have happened already, and that would be a second trunk.
            self._connected = api.LiveKitAPI(url, key, secret, failover=False)
        return self._connected.sip

    async def _removed(self, answer: Awaitable[object]) -> None:
        try:
            await self._asked(answer)
        except _NotThere:
            return  # somebody was quicker

    async def _asked(self, answer: Awaitable[T]) -> T:
        """Every call's deadline, and every way it fails in words."""
        try:
            async with deadline(self._answers_within_s, "livekit"):
                return await answer
        except ServerError as error:
            raise _refused(error) from error
        except aiohttp.ClientError as error:
            reason = "it can't be reached; is LIVEKIT_URL right, and the server up?"
            raise ProviderError(f"livekit: {reason} ({type(error).__name__})") from error
        except TimeoutError as error:
            within = f"{self._answers_within_s:g} s"
            raise ProviderError(f"livekit: no answer within {within}; it may or may not have been done") from error


class _NotThere(ProviderError):
    """The trunk or rule that was named is not there (any more)."""


def _refused(error: ServerError) -> ProviderError:
    if error.status == 401 or error.code in ("unauthenticated", "permission_denied"):
        return ProviderError("livekit: LIVEKIT_API_KEY and LIVEKIT_API_SECRET are not accepted for SIP")
    if error.code == "not_found":
        return _NotThere(f"livekit: {error.message}")
    if "sip not connected" in error.message:
        return ProviderError(
            "livekit: the server has no Redis, without which it knows no trunks (`redis:` in its file)"
        )
    return ProviderError(f"livekit: {error.message} ({error.code})")
