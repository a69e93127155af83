"""Where things lie in the checkout. Everything made at run time is under var/, which git ignores."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
BIN = VAR / "bin"  # programs built here, their names keyed by version or by the hash of their sources
VENV = ROOT / ".venv"
STACK_FILE = VAR / "run" / "stack.json"  # how to reach the stack that `make run` started
CALL_CENTER = ROOT / "config" / "callcenter.yaml"
