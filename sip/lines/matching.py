"""Which trunk on the server becomes which line's: by the numbers they share, so that those stay where they are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
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
    found: dict[str, api.SIPInboundTrunkInfo] = {}
    taken: set[str] = set()
    for _, line, trunk in sorted(_pairs(wanted, ours), key=lambda pair: pair[0], reverse=True):
        if line.line not in found and trunk.sip_trunk_id not in taken:
            found[line.line] = trunk
            taken.add(trunk.sip_trunk_id)
    matched = [_matched(line, found.get(line.line)) for line in wanted]
    return matched, [trunk for trunk in ours if trunk.sip_trunk_id not in taken]


def _pairs(
    wanted: Sequence[InboundLine], ours: Sequence[api.SIPInboundTrunkInfo]
) -> Iterator[tuple[tuple[int, bool], InboundLine, api.SIPInboundTrunkInfo]]:
    """Those that share a number or a name, with how well they fit: (numbers shared, same name)."""
    having: dict[str, list[api.SIPInboundTrunkInfo]] = defaultdict(list)
    named: dict[str, list[api.SIPInboundTrunkInfo]] = defaultdict(list)
    for trunk in ours:
        named[mark_of(trunk)].append(trunk)
        for number in set(trunk.numbers):
            having[number].append(trunk)
    for line in wanted:
        near = [trunk for number in line.trunk.numbers for trunk in having[number]]
        shared = Counter(trunk.sip_trunk_id for trunk in near)
        for trunk in {trunk.sip_trunk_id: trunk for trunk in [*near, *named[line.line]]}.values():
            yield (shared[trunk.sip_trunk_id], mark_of(trunk) == line.line), line, trunk


def mark_of(thing: api.SIPInboundTrunkInfo | api.SIPDispatchRuleInfo) -> str:
    """The line that it was made for; "" where the mark names none."""
    return (mark.marked(thing.metadata) or {}).get("line", "")


def _matched(line: InboundLine, now: api.SIPInboundTrunkInfo | None) -> Matched:
    shares = frozenset(line.trunk.numbers) & frozenset(now.numbers) if now else frozenset()
    return Matched(line, now, shares)
