"""What `doctor` says, for a person or a program."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sip.doctor.finding import Finding
from sip.doctor.seen import Seen

Found = Sequence[tuple[str, Finding]]


def text(found: Found, seen: Seen) -> str:
    """Each finding with what it does to calls and its remedy; then what could not be, or was not, looked at."""
    lines = [
        f"{number}. [{check}] {finding.found}\n   why: {finding.why}\n   fix: {finding.fix}"
        for number, (check, finding) in enumerate(found, 1)
    ]
    if seen.livekit_trouble:
        lines.append(f"LiveKit's trunks and rules could not be looked at: {seen.livekit_trouble}")
    lines += [f"Not looked at: {each}" for each in unseen(seen)]
    if found or not seen.livekit_trouble:
        lines.append(f"{len(found)} to mend." if found else "Nothing was found that keeps calls away.")
    return "\n".join(lines)


def as_json(found: Found, seen: Seen) -> str:
    """{"findings": [{check, found, why, fix}], "could_not_look": [text], "not_looked": [text]}."""
    return _json(found, [seen.livekit_trouble] if seen.livekit_trouble else [], unseen(seen))


def blind(problems: Sequence[str]) -> str:
    """Why nothing at all could be looked at."""
    return "\n".join(["Could not look:", *(f"{number}. {problem}" for number, problem in enumerate(problems, 1))])


def blind_as_json(problems: Sequence[str]) -> str:
    return _json((), list(problems), [])


def unseen(seen: Seen) -> list[str]:
    """What was not asked for, with the option that asks for it; and what nobody answered."""
    parts = {
        "whether an agent answers (--probe)": seen.agent_answered is None,
        "LiveKit SIP's ports and TLS (--sip-config FILE)": seen.sip_config is None,
        "the clock: LiveKit's HTTP answer had no date, or none came": seen.clock_off_s is None,
    }
    by_hand = [wanted.carrier for each in seen.twilio for wanted in each.wanted]
    twilios = [
        carrier.name
        for carrier in seen.center.carriers.values()
        if carrier.provider == "twilio" and carrier.name not in by_hand
    ]
    if twilios:
        parts[f"Twilio's side of {', '.join(twilios)}: no `account`, or its secrets are missing"] = True
    return [what for what, missing in parts.items() if missing]


def _json(found: Found, could_not_look: list[str], not_looked: list[str]) -> str:
    findings = [
        {"check": check, "found": finding.found, "why": finding.why, "fix": finding.fix} for check, finding in found
    ]
    told = {"findings": findings, "could_not_look": could_not_look, "not_looked": not_looked}
    return json.dumps(told, indent=2, ensure_ascii=False)
