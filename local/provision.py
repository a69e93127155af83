"""`python -m local.provision`: give a running server the trunks and dispatch rules of config/callcenter.yaml.

It is `python -m sip apply` of the product, with the address and the keys of this machine's server where LIVEKIT_URL,
LIVEKIT_API_KEY, LIVEKIT_API_SECRET and AGENT_NAME name no other. `make run` does it by itself; this is for the server
of compose.yaml. Doing it again changes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from local import environment
from local.environment import Server
from local.paths import CALL_CENTER, ROOT
from ops.deadline import DeadlineExceeded, deadline

_WITHIN_S = 60.0


class NotProvisionedError(Exception):
    """The server has not, or not wholly, been given its lines; the message has the command's own words."""


async def provision(server: Server, config: Path) -> str:
    """Have the product make `server`'s trunks and rules those of `config`; what it told. NotProvisionedError.

    Of LiveKit only: a carrier that the configuration names is never set up to ring on this machine.
    """
    applying = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sip", "apply", "--only", "livekit"),
        cwd=ROOT,
        env=environment.for_sip(server, config),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with deadline(_WITHIN_S, "sip apply"):
            told, complaint = await applying.communicate()
    except DeadlineExceeded as error:
        raise NotProvisionedError(str(error)) from error
    finally:
        if applying.returncode is None:
            applying.kill()
            await applying.wait()
    if applying.returncode != 0:
        words = (told + complaint).decode(errors="replace").strip()
        raise NotProvisionedError(words)
    return told.decode().strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 2 with the reason on stderr when the configuration can't be read or the server does not do it."""
    parser = argparse.ArgumentParser(prog="python -m local.provision", description=__doc__)
    parser.add_argument("--config", type=Path, default=CALL_CENTER, help="default: config/callcenter.yaml")
    given = parser.parse_args(arguments)
    try:
        told = asyncio.run(provision(Server.from_environment(), given.config))
    except NotProvisionedError as error:
        print(f"The server has not been given its lines: {error}", file=sys.stderr)
        return 2
    print(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
