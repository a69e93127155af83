"""`python -m bench <name> [options]`: runs one benchmark; each module here has `main(arguments) -> exit code`."""

from __future__ import annotations

import importlib
import sys

from bench.rig import RigFailedError
from local.go_tool import CannotBuildError
from local.stack import StackFailedError
from ops.deadline import DeadlineExceeded

BENCHMARKS = {
    "voice_to_voice": "last voiced caller sample -> first agent sample at the ear, and barge-in, of two agents",
    "first_audio": "INVITE at the telephone double -> first agent audio",
    "burst": "20 INVITEs within 2 s over two lines: lost, answered by whom, first audio, processor seconds per call",
    "memory": "PSS of the worker's process tree per concurrent call, and RSS over many calls in a row",
    "take_over": "kill -9 of a call's worker -> the next agent's first sound at the ear",
    "journal": "what the journal of 100 talking calls costs its process, beside the same loop without one",
    "gateway": "the state gateway beside webdis: reads, pipelines, added latency, a write by each way",
    "sip_plan": "`python -m sip plan` for 200 numbers at a Twilio double that answers after 50 ms",
    "import_time": "seconds to import agent.main, and of `make run` to ready",
}


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in BENCHMARKS:
        print("usage: python -m bench NAME [options]   (NAME --help for its options)\n")
        for name, what in BENCHMARKS.items():
            print(f"  {name:16}{what}")
        return 0 if arguments in ([], ["-h"], ["--help"]) else 2
    module = importlib.import_module(f"bench.{arguments[0]}")
    try:
        return int(module.main(arguments[1:]))
    except* (RigFailedError, StackFailedError, CannotBuildError, DeadlineExceeded) as failures:
        print(*_messages(failures), sep="\n", file=sys.stderr)
    return 1


def _messages(failures: BaseExceptionGroup[Exception]) -> list[str]:
    """Each message once, however deep its group."""
    found: list[str] = []
    for failure in failures.exceptions:
        found += _messages(failure) if isinstance(failure, BaseExceptionGroup) else [str(failure)]
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
