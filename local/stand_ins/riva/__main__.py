"""`python -m local.stand_ins.riva`: serves until SIGINT or SIGTERM. The port answers once it is ready."""

import argparse
import asyncio
import signal
import sys

from local.stand_ins.riva.server import serving


async def run(options: argparse.Namespace) -> None:
    """Serves until a signal asks for the end."""
    asked_to_end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked_to_end.set)
    async with serving(options.host, options.port, vocabulary=options.vocabulary, decoders=options.decoders) as riva:
        print(f"riva stand-in listens on {options.host}:{riva.port}, model {riva.model}, {riva.lanes!r}", flush=True)
        await asked_to_end.wait()


def main() -> int:
    """Reads the command line and serves; 1 where the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m local.stand_ins.riva", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=50051)
    parser.add_argument("--vocabulary", choices=("clinic", "general"), default="clinic", help="the words it can hear")
    parser.add_argument("--decoders", type=int, default=3, help="callers that can be heard at the same instant")
    try:
        asyncio.run(run(parser.parse_args()))
    except OSError as error:
        print(f"riva stand-in: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
