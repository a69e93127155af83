"""`python -m local.provision`: give a running server the trunks and dispatch rules of config/callcenter.yaml.

`make run` does it by itself; this is for the server of compose.yaml, or the one that LIVEKIT_URL, LIVEKIT_API_KEY,
LIVEKIT_API_SECRET and AGENT_NAME name, as for the agent. Doing it again changes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import aiohttp
from livekit.api import TwirpError

from local import environment, lines
from local.info import StackInfo
from local.paths import CALL_CENTER, VAR
from local.ports import Ports


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 2 with the reason on stderr when the configuration can't be read or the server does not do it."""
    parser = argparse.ArgumentParser(prog="python -m local.provision", description=__doc__)
    parser.add_argument("--config", type=Path, default=CALL_CENTER, help="default: config/callcenter.yaml")
    given = parser.parse_args(arguments)
    try:
        wanted = lines.read(given.config)
        server = environment.Server.from_environment()
        keys = (server.api_key, server.api_secret)
        info = StackInfo.of(Ports(), VAR, lines.numbers(wanted), server.agent_name, keys)
        info = replace(info, livekit_url=server.url)
        asyncio.run(lines.provision(info, wanted))
    except (lines.BadLinesError, aiohttp.ClientError, TwirpError, TimeoutError) as error:
        print(f"The server has not been given its lines: {error or type(error).__name__}", file=sys.stderr)
        return 2
    print(f"{len(wanted)} lines: {', '.join(info.numbers)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
