"""Child processes that speak: text in at stdin, never as an argument (arguments are public on a machine)."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from ops.deadline import deadline
from tts_server.errors import EngineBroken

_START_S = 5.0  # a fork on a starved machine; the wait for audio has a deadline of its own (speaking.py)
_PROBE_S = 5.0


@asynccontextmanager
async def child(
    engine: str, command: Sequence[str], text: str, fds: Sequence[int] = ()
) -> AsyncIterator[asyncio.StreamReader]:
    """Run `command` with `text` at stdin; gives its stdout. `fds` stay open in the child.

    When the block ends, however it ends, the child is dead and reaped. A block that reads to the end learns of a
    failed child by `EngineBroken`.
    """
    try:
        async with deadline(_START_S, engine):
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=tuple(fds),
            )
    except (OSError, TimeoutError) as error:
        raise EngineBroken(engine, f"its process did not start ({type(error).__name__})") from error
    assert process.stdin is not None and process.stdout is not None  # noqa: S101 - both are pipes, as asked above
    try:
        process.stdin.write(text.encode())  # at most 16 kB: fits the pipe, no need to wait
        process.stdin.close()
        yield process.stdout
        async with deadline(_START_S, engine):
            status = await process.wait()
    except TimeoutError as error:
        raise EngineBroken(engine, "its process does not end") from error
    finally:
        await _end(process)
    if status != 0:
        raise EngineBroken(engine, f"its process ended with status {status}")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
    await process.communicate()  # reads the rest away: a pipe that is never emptied is never closed


def ask(command: Sequence[str]) -> str:
    """What a command prints; "" where it fails. Blocks: for the start of the server, before its loop runs."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PROBE_S, check=False)  # noqa: S603 - own commands
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""
