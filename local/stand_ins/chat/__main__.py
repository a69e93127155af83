"""`python -m local.stand_ins.chat`: serves until SIGINT or SIGTERM. GET /health answers once it is ready."""

import argparse
import asyncio
import signal
import sys

from local.stand_ins.chat.server import MODEL, Manner, serving


async def run(options: argparse.Namespace) -> None:
    """Serves until a signal asks for the end."""
    asked_to_end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked_to_end.set)
    manner = Manner(options.ttft_ms, options.tokens_per_s, options.system_first)
    async with serving(options.host, options.port, manner) as (port, _):
        print(f"chat stand-in listens on http://{options.host}:{port}/v1, model {MODEL}", flush=True)
        await asked_to_end.wait()


def main() -> int:
    """Reads the command line and serves; 1 where the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m local.stand_ins.chat", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--ttft-ms", type=float, default=150.0, help="time to the first token")
    parser.add_argument("--tokens-per-s", type=float, default=60.0)
    parser.add_argument(
        "--system-first",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="refuse a system message that is not the first, as some chat templates do",
    )
    try:
        asyncio.run(run(parser.parse_args()))
    except OSError as error:
        print(f"chat stand-in: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
