"""What `doctor` says of one fault."""

from __future__ import annotations

from dataclasses import dataclass

APPLY = "python -m sip apply"


@dataclass(frozen=True, slots=True)
class Finding:
    """`found` is what is there, `why` what it does to calls, `fix` a command or a change of a file. No secret in any.

    Numbers of lines are in them: they are the operator's own.
    """

    found: str
    why: str
    fix: str
