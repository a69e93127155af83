"""The worker with a bug in one of its parts: the first keys a caller presses make a task of the call raise.

Run like agent/main.py. Job processes load this file too, as their main module, so the bug is in the calls themselves.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])

from agent import main  # noqa: E402 - the line above makes it importable
from agent.turns.keypad import Keypad  # noqa: E402


def _bug(self: Keypad) -> None:
    raise ZeroDivisionError("a bug in the house")


if __name__ in ("__main__", "__mp_main__"):  # not where a test merely imports it
    Keypad._hand_over = _bug  # type: ignore[method-assign]

if __name__ == "__main__":
    main.main()
