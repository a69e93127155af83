"""The worker on a machine whose clock is five minutes and twenty seconds fast: beyond what a signature may be off.

Run like agent/main.py. Job processes load this file too, as their main module.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])

from agent import main  # noqa: E402 - the line above makes it importable
from ops.clock import SystemClock  # noqa: E402

SKEW_S = 320.0
_true_now = SystemClock.now


def _fast(self: SystemClock) -> float:
    return _true_now(self) + SKEW_S


if __name__ in ("__main__", "__mp_main__"):  # not where a test merely imports it
    SystemClock.now = _fast  # type: ignore[method-assign]

if __name__ == "__main__":
    main.main()
