"""`python -m local.stand_ins.twilio`: serves until SIGINT or SIGTERM. GET /health answers once it is ready."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from local.stand_ins.twilio.account import Account
from local.stand_ins.twilio.server import Manner, TwilioStandIn, serving


async def run(options: argparse.Namespace) -> None:
    """Serves until a signal asks for the end."""
    asked_to_end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked_to_end.set)
    account = Account(options.account_sid)
    for number_ in options.number:
        account.buy(number_)
    manner = Manner(options.latency_ms, options.most_at_once)
    stand_in = TwilioStandIn(account, {options.account_sid: options.auth_token}, manner)
    async with serving(stand_in, options.host, options.port) as address:
        print(f"twilio stand-in listens on {address}, account {options.account_sid}", flush=True)
        await asked_to_end.wait()


def main() -> int:
    """Reads the command line and serves; 1 where the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m local.stand_ins.twilio", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8500)
    parser.add_argument("--account-sid", default="AC" + "0" * 32)
    parser.add_argument("--auth-token", default="stand-in")
    parser.add_argument("--number", action="append", default=[], help="a number the account has; may be repeated")
    parser.add_argument("--latency-ms", type=float, default=50.0)
    parser.add_argument("--most-at-once", type=int, default=0, help="more are refused with 20429; 0: no limit")
    try:
        asyncio.run(run(parser.parse_args()))
    except OSError as error:
        print(f"twilio stand-in: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
