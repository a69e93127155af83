"""The lines of config/callcenter.yaml as trunks and dispatch rules on the local server.

Read here as plain YAML: local/ never imports the product, which checks its own configuration when the agent starts.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from google.protobuf.duration_pb2 import Duration
from livekit import api

from local import rooms
from local.info import StackInfo

ROOM_PREFIX = "call"  # without a dash: the server adds `_<caller>_<random>` itself
_RINGING_S = 30  # then the caller gets 486 instead of three minutes of ringing
_ASKED_WITHIN_S = 10.0
_OWN = "local: "  # names of the trunks and rules that are ours to change


class BadLinesError(Exception):
    """The configuration has no lines that can be read; the message names the file."""


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """A line with numbers, and the persona that answers it."""

    name: str
    numbers: tuple[str, ...]
    persona: str


def read(config: Path) -> tuple[PhoneLine, ...]:
    """The lines that have numbers, in the file's order. BadLinesError when they can't be read."""
    try:
        found = yaml.load(config.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - plain text only: +1555 stays a number to dial
        lines = found["lines"]
        named = lines.items() if isinstance(lines, dict) else ((line["name"], line) for line in lines)
        phone = tuple(
            PhoneLine(str(name), tuple(str(number) for number in line["numbers"]), str(line.get("persona", "")))
            for name, line in named
            if line.get("numbers")
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise BadLinesError(f"{config}: no lines can be read from it ({type(error).__name__}: {error})") from error
    return phone


def numbers(lines: Iterable[PhoneLine]) -> tuple[str, ...]:
    """Every number of the lines, in order."""
    return tuple(number for line in lines for number in line.numbers)


async def provision(info: StackInfo, lines: Iterable[PhoneLine]) -> None:
    """Make the server's trunks and rules those of `lines`: one trunk and one rule a line.

    Doing it again changes nothing: ours that are as they should be stay, others of ours go, anybody else's are left.
    TimeoutError when the server does not answer.
    """
    async with asyncio.timeout(_ASKED_WITHIN_S), rooms.client(info) as client:
        trunks = {
            trunk.name: trunk for trunk in (await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items
        }
        rules = {
            rule.name: rule for rule in (await client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())).items
        }
        wanted = {_OWN + line.name: line for line in lines}
        for name, line in wanted.items():
            trunk, rule = trunks.get(name), rules.get(name)
            if trunk and rule and _serves(trunk, rule, line, info.agent_name):
                continue
            await _remove(client, trunk, rule)
            await _create(client, name, line, info.agent_name)
        for name in (trunks.keys() | rules.keys()) - wanted.keys():
            if name.startswith(_OWN):
                await _remove(client, trunks.get(name), rules.get(name))


def _metadata(line: PhoneLine) -> str:
    return json.dumps({"persona": line.persona, "direction": "inbound"})


def _serves(trunk: api.SIPInboundTrunkInfo, rule: api.SIPDispatchRuleInfo, line: PhoneLine, agent_name: str) -> bool:
    agents = [(agent.agent_name, agent.metadata) for agent in rule.room_config.agents]
    return (
        tuple(trunk.numbers) == line.numbers
        and trunk.ringing_timeout.seconds == _RINGING_S
        and list(rule.trunk_ids) == [trunk.sip_trunk_id]
        and rule.rule.dispatch_rule_individual.room_prefix == ROOM_PREFIX
        and agents == [(agent_name, _metadata(line))]
    )


async def _remove(client: api.LiveKitAPI, trunk: Any, rule: Any) -> None:
    if rule:
        await client.sip.delete_dispatch_rule(
            api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=rule.sip_dispatch_rule_id)
        )
    if trunk:
        await client.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=trunk.sip_trunk_id))


async def _create(client: api.LiveKitAPI, name: str, line: PhoneLine, agent_name: str) -> None:
    trunk = await client.sip.create_inbound_trunk(
        api.CreateSIPInboundTrunkRequest(
            trunk=api.SIPInboundTrunkInfo(name=name, numbers=line.numbers, ringing_timeout=Duration(seconds=_RINGING_S))
        )
    )
    await client.sip.create_dispatch_rule(
        api.CreateSIPDispatchRuleRequest(
            name=name,
            trunk_ids=[trunk.sip_trunk_id],
            rule=api.SIPDispatchRule(dispatch_rule_individual=api.SIPDispatchRuleIndividual(room_prefix=ROOM_PREFIX)),
            room_config=api.RoomConfiguration(
                agents=[api.RoomAgentDispatch(agent_name=agent_name, metadata=_metadata(line))]
            ),
        )
    )
