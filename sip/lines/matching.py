"""Which trunk on the server becomes which line's: by the numbers they share, so that those stay where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from livekit import api

from sip.lines import mark
from sip.lines.wanted import InboundLine


@dataclass(frozen=True, slots=True)
class Matched:
    """`now` None: to be created. `shares`: numbers that stay where they are."""

    line: InboundLine
    now: api.SIPInboundTrunkInfo | None
    shares: frozenset[str] = frozenset()

    @property
    def gains(self) -> frozenset[str]:
        return frozenset(self.line.trunk.numbers) - self.shares


def match(
    wanted: Sequence[InboundLine], ours: Sequence[api.SIPInboundTrunkInfo]
) -> tuple[list[Matched], list[api.SIPInboundTrunkInfo]]:
    """Every wanted line with its trunk, and the trunks that are no line's any more.

    Those that share most numbers first; only then, of those that share none, by the line's name. So a trunk that
    shares no number with its line has none that another trunk's line would have been the better match for.
    """
    pairs = sorted(
        (
            (len(shared), mark_of(trunk) == line.line, line, trunk)
            for line in wanted
            for trunk in ours
            if (shared := frozenset(line.trunk.numbers) & frozenset(trunk.numbers)) or mark_of(trunk) == line.line
        ),
        key=lambda pair: pair[:2],
        reverse=True,
    )
    found: dict[str, api.SIPInboundTrunkInfo] = {}
    taken: set[str] = set()
    for _, _, line, trunk in pairs:
        if line.line not in found and trunk.sip_trunk_id not in taken:
            found[line.line] = trunk
            taken.add(trunk.sip_trunk_id)
    matched = [_matched(line, found.get(line.line)) for line in wanted]
    return matched, [trunk for trunk in ours if trunk.sip_trunk_id not in taken]


def mark_of(thing: api.SIPInboundTrunkInfo | api.SIPDispatchRuleInfo) -> str:
    """The line that it was made for; "" where the mark names none."""
    return (mark.marked(thing.metadata) or {}).get("line", "")


def _matched(line: InboundLine, now: api.SIPInboundTrunkInfo | None) -> Matched:
    shares = frozenset(line.trunk.numbers) & frozenset(now.numbers) if now else frozenset()
    return Matched(line, now, shares)
