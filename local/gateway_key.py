"""The state gateway's API key of this machine's agent: minted as an operator does it, when the gateway first starts."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping

from local import environment
from local.info import StackInfo
from local.paths import ROOT
from ops.deadline import DeadlineExceeded, deadline

_CLIENT = "agent"
_PREFIX = "switchboard"  # of the agent's keys: its STATE_PREFIX
_WITHIN_S = 30.0


class NoKeyError(Exception):
    """The key could not be made; the message has the command's own words."""


async def ensure(info: StackInfo, gateway: Mapping[str, str]) -> None:
    """Leave the key in `info.gateway_key_file`, where only this user reads it; one that is there stays.

    `gateway` is the gateway's environment. NoKeyError.
    """
    if info.gateway_key_file.exists():
        return
    info.gateway_key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = (sys.executable, "-m", "state_gateway", "keys", "mint", "--client", _CLIENT, "--prefix", _PREFIX)
    minting = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**environment.base(environment.Operator()), **gateway},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with deadline(_WITHIN_S, "keys mint"):
            told, complaint = await minting.communicate()
    except DeadlineExceeded as error:
        raise NoKeyError(str(error)) from error
    finally:
        if minting.returncode is None:
            minting.kill()
            await minting.wait()
    if minting.returncode != 0:
        raise NoKeyError(f"{' '.join(command)}: {complaint.decode(errors='replace').strip()}")
    # Lines for the agent's environment, among words for a person.
    kept = "\n".join(line for line in told.decode().splitlines() if line.startswith("STATE_"))
    with os.fdopen(os.open(info.gateway_key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(kept + "\n")
