"""What can be wrong with the worker itself, each with who must act. What breaks inside a call is agent/failures.py."""

from __future__ import annotations


class BadStart(Exception):
    """The worker can't start as configured: the operator must change something. `problems` are printed, exit code 2."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class BadDispatch(Exception):
    """The dispatch's metadata can't be used. The call is taken with what its line says: log, don't retry."""
