"""`python -m bench.stubs --riva-port P --http-port P [--journal FILE]`: all three stubs in one process, chat and speech
under one HTTP port, until SIGTERM or SIGINT. Prints "stubs ready" once they answer."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

from aiohttp import web

from bench.stubs import chat, riva, speech
from bench.stubs.journal import StageJournal


async def serve(riva_port: int, http_port: int, journal: StageJournal) -> None:
    """Serve until told to end."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    app = web.Application()
    app.add_routes([*chat.routes(journal), *speech.routes(journal)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", http_port).start()
    recogniser = await riva.start(riva_port, journal)
    print("stubs ready", flush=True)
    await ended.wait()
    await recogniser.stop(0)
    await runner.cleanup()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--riva-port", type=int, required=True)
    options.add_argument("--http-port", type=int, required=True)
    options.add_argument("--journal", type=Path)
    chosen = options.parse_args()
    journal = StageJournal(chosen.journal)
    try:
        asyncio.run(serve(chosen.riva_port, chosen.http_port, journal))
    finally:
        journal.close()


if __name__ == "__main__":
    main()
