"""Numbers are surer from the keypad than from the ear: an account number, a date of birth, a telephone number."""

from __future__ import annotations

from typing import Annotated

from agent.tools.anatomy import Arg, Refusal, Tool
from agent.tools.desk import Desk

MOST = 20


async def ask_for_digits(
    desk: Desk,
    count: Annotated[str, Arg("How many digits the number has; leave it out if that varies.", limit=2)] = "",
) -> str:
    """Have the caller type a number on the telephone's keypad. Use this for a long number, or one that was misheard."""
    if not desk.has_keypad:
        raise Refusal("This caller has no keypad. Ask them to say the number digit by digit.")
    if count and not (count.isascii() and count.isdigit() and 1 <= int(count) <= MOST):
        raise Refusal(f"count is 1 to {MOST}, or left out.")
    desk.expect_keys(int(count) if count else 0)
    ending = f"all {count} digits" if count else "the number and then the hash key"
    return (
        f"Ask the caller to type {ending} on their telephone. When it arrives, read it back digit by digit and ask "
        "whether it is right; use it only once they say yes."
    )


TOOL = Tool(ask_for_digits)
