"""How long `python -m sip plan` takes for many numbers at a Twilio that answers each request late, and `apply`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import machine
from bench.figures import percentile, table
from bench.rig import RigFailedError
from local import environment
from local.paths import ROOT

_WITHIN_S = 120.0
_NOTHING, _CHANGES = 0, 2  # exit statuses of `plan`
_A_LINE = 20  # numbers
_CENTER = """
practice:
  { name: Larkfield Clinic, address: 12 Orchard Road, time_zone: Europe/London, hours: { monday: ["08:30-12:30"] } }
voices: { receptionist: { id: fable, language: en-US } }
carriers:
  phone:
    provider: twilio
    address: larkfield.pstn.twilio.com
    sip_addresses: [sip-0.example.com]
    account: { name: { env: TWILIO_KEY }, secret: { env: TWILIO_SECRET } }
    account_sid: { env: TWILIO_ACCOUNT_SID }
lines:
"""
_PERSONA = """---
voice: receptionist
greeting: Hello, this is the AI receptionist of {{practice_name}}.
---
You answer the telephone of {{practice_name}}. Be brief and kind.
"""


def written(folder: Path, numbers: list[str]) -> Path:
    """A callcenter.yaml with these numbers on lines of twenty."""
    (folder / "personas").mkdir()
    (folder / "personas/desk.md").write_text(_PERSONA, encoding="utf-8")
    lines = [
        f"  line-{begin // _A_LINE}: {{ numbers: {json.dumps(numbers[begin : begin + _A_LINE])}, persona: desk, "
        "carrier: phone }"
        for begin in range(0, len(numbers), _A_LINE)
    ]
    (folder / "callcenter.yaml").write_text(_CENTER + "\n".join(lines) + "\n", encoding="utf-8")
    return folder / "callcenter.yaml"


@contextmanager
def twilio(numbers: list[str], latency_ms: float) -> Iterator[str]:
    """The double's address; its account has the numbers."""
    command = [sys.executable, "-m", "local.stand_ins.twilio", "--port", "0", "--latency-ms", str(latency_ms)]
    command += ["--auth-token", "stand-in", *(f"--number={number}" for number in numbers)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment.base(environment.Operator()), stdout=subprocess.PIPE, text=True
    ) as double:
        try:
            said = double.stdout.readline() if double.stdout else ""
            if "listens on" not in said:
                raise RigFailedError("the Twilio double did not start")
            yield said.split("listens on ")[1].split(",")[0]
        finally:
            double.terminate()


def run_s(step: str, expected: int, given: dict[str, str]) -> float:
    """Seconds of the command, from its start to its end."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "sip", step, "--only", "twilio"],
        cwd=ROOT,
        env=environment.base(environment.Operator()) | given,
        capture_output=True,
        text=True,
        timeout=_WITHIN_S,
        check=False,
    )
    if done.returncode != expected:
        raise RigFailedError(f"sip {step} ended with {done.returncode}, not {expected}:\n{done.stderr[-2000:]}")
    return time.monotonic() - began


def run(options: argparse.Namespace) -> int:
    before = machine.warn()
    numbers = [f"+1555{number:07}" for number in range(options.numbers)]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, twilio(numbers, options.latency_ms) as url:
        account_sid = "AC" + "0" * 32
        given = {
            "LIVEKIT_URL": "ws://127.0.0.1:9",
            "LIVEKIT_API_KEY": "not-asked",
            "LIVEKIT_API_SECRET": "not-asked",
            "CALL_CENTER_CONFIG": str(written(Path(folder), numbers)),
            "TWILIO_API_URL": url,
            "TWILIO_TRUNKING_URL": url,
            "TWILIO_KEY": account_sid,
            "TWILIO_SECRET": "stand-in",
            "TWILIO_ACCOUNT_SID": account_sid,
        }
        everything = [run_s("plan", _CHANGES, given) for _ in range(options.times)]
        applied = run_s("apply", 0, given)
        nothing = [run_s("plan", _NOTHING, given) for _ in range(options.times)]
    rows = [["s", "p50", "max"]]
    for name, times in (
        ("plan, everything to do", everything),
        ("apply", [applied]),
        ("plan, nothing to do", nothing),
    ):
        rows.append([name, *(str(percentile(times, share, 2)) for share in (50, 100))])
    print(table(rows), "\n")
    found = {
        "bench": "sip_plan",
        "load_before": before.load_average,
        "numbers": options.numbers,
        "latency_ms": options.latency_ms,
        "plan_s_p50": percentile(everything, 50, 2),
        "plan_s_max": percentile([*everything, *nothing], 100, 2),
        "apply_s": round(applied, 2),
        "plan_again_s_p50": percentile(nothing, 50, 2),
    }
    print(json.dumps(found))
    return 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench sip_plan", description=__doc__)
    parser.add_argument("--numbers", type=int, default=200)
    parser.add_argument("--latency-ms", type=float, default=50.0, help="of each answer of the Twilio double")
    parser.add_argument("--times", type=int, default=5)
    return run(parser.parse_args(arguments))
