"""What one flush of a call's journal costs its worker, in ms, by each way to the state; one write at a time.

python -m tests.support.write_latency redis://127.0.0.1:6379 http://127.0.0.1:8300 https://NAME.upstash.io

The product's own stores: its scripts, its clients, about 1 KB a write. Behind an http(s) URL the key comes from
STATE_API_KEY; with STATE_SIGNING_KEY that way is measured unsigned and signed. Ways in turn, write by write. Leaves one
call for each way, which runs out after a minute, under the prefix "switchboard". Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence

from bench.figures import percentile
from calls.ids import new_call_id
from calls.ports import Write
from calls.record import CallRecord
from calls.stores.http import http_store
from calls.stores.keyspace import Keep, KeyspaceStore
from calls.stores.redis import redis_store
from ops.clock import SystemClock
from tests.support.a_call import a_record, spoke

_WORDS = "I would like to move my appointment to Thursday afternoon, if there is still something free at three. "
_EVENTS = 3
_WARM = 20  # writes of each way that do not count: connections, scripts, code paths
_KEEP = Keep(open_s=60.0, closed_s=60.0, once_s=60.0)


class Way:
    """One way to the store, and one call that is written by it."""

    def __init__(self, name: str, store: KeyspaceStore) -> None:
        self.name, self.store = name, store
        self.found: list[float] = []
        self._record: CallRecord = a_record(new_call_id(SystemClock()), version=0)
        self._seq = 0

    async def write(self, *, counts: bool) -> None:
        before, self._record = self._record, self._record.evolve(turns=self._record.turns + 1)
        events = tuple(spoke(self._record, self._seq + 1 + each, _WORDS) for each in range(_EVENTS))
        self._seq += _EVENTS
        write = Write(f"k{self._seq}", self._record, before.version, events)
        began = time.perf_counter()
        await self.store.write(write)
        if counts:
            self.found.append((time.perf_counter() - began) * 1000)


def ways(urls: Sequence[str], api_key: str, signing_key: str) -> list[Way]:
    """Those that can be tried. Raises ValueError for a bad URL or key."""
    found: list[Way] = []
    for url in urls:
        if url.startswith("redis"):
            found.append(Way("direct", redis_store(url, keep=_KEEP)))
            continue
        name = "upstash" if ".upstash." in url else "gateway"
        found.append(Way(name, http_store(url, api_key=api_key, keep=_KEEP)))
        if signing_key:
            signed = http_store(url, api_key=api_key, signing_key=signing_key, keep=_KEEP)
            found.append(Way(f"{name}, signed", signed))
    return found


async def run(options: argparse.Namespace) -> dict[str, dict[str, float | None]]:
    given = os.environ  # noqa: TID251 - keys do not belong on a command line
    tried = ways(options.urls, given.get("STATE_API_KEY", ""), given.get("STATE_SIGNING_KEY", ""))
    for number in range(_WARM + options.writes):
        for way in tried if number % 2 else reversed(tried):
            await way.write(counts=number >= _WARM)
            await asyncio.sleep(options.pause_ms / 1000)
    for way in tried:
        await way.store.aclose()
    return {way.name: {f"p{share}_ms": percentile(way.found, share, digits=3) for share in (50, 99)} for way in tried}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("urls", nargs="+", metavar="URL")
    parser.add_argument("--writes", type=int, default=500, help="of each way")
    parser.add_argument("--pause-ms", type=float, default=5.0, help="between two writes")
    sys.stdout.write(json.dumps(asyncio.run(run(parser.parse_args()))) + "\n")


if __name__ == "__main__":
    main()
