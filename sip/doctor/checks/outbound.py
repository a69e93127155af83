"""Lines that dial, and no trunk to dial by."""

from __future__ import annotations

from collections.abc import Iterator

from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Seen
from sip.lines.trunk_name import may_be_ours
from sip.lines.wanted import wanted


def check(seen: Seen) -> Iterator[Finding]:
    trunks = [trunk.name for trunk in may_be_ours(seen.livekit.outbound, seen.agent_name)]
    for each in wanted(seen.center, seen.agent_name, {}).outbound:
        if each.name not in trunks:
            yield Finding(
                f'There is no outbound trunk "{each.name}" at LiveKit, by which {", ".join(each.numbers)} would dial.',
                "Calls out and transfers to people fail before anything is dialled.",
                APPLY,
            )
        elif trunks.count(each.name) > 1:
            yield Finding(
                f'{trunks.count(each.name)} outbound trunks are named "{each.name}".',
                "Dialling finds its trunk by that name, and may take the wrong one.",
                "keep the one with the metadata of `apply`; remove the others: lk sip outbound delete <id>",
            )
    for line in seen.center.lines.values():
        carrier = seen.center.carriers.get(line.telephony.carrier or "")
        if (line.telephony.outbound or line.telephony.targets) and not (carrier and carrier.address):
            which = f'its carrier "{carrier.name}" has no `address`' if carrier else "it has no carrier"
            yield Finding(
                f'The line "{line.name}" may dial or transfer, and {which}.',
                "Every call out of this line fails: there is nowhere to send it.",
                f"give the carrier its `address` in callcenter.yaml, then {APPLY}",
            )
