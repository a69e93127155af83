"""Agents that are measured: each file says how one is run. Adding one is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable

from bench.peers import bare, switchboard
from bench.peers.wiring import Peer, Wiring

PEERS: dict[str, Callable[[Wiring], Peer]] = {
    "bare": bare.peer,
    "switchboard": switchboard.peer,
    "recorded": switchboard.recorded,
}
RECORDED = frozenset({"recorded"})
"""Those that need egress and a bucket."""
