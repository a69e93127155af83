"""Numbers that Twilio does not send here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Seen, TwilioSeen
from sip.lines.facts import listed
from sip.twilio.ownership import ownership
from sip.twilio.wanted import Wanted


def check(seen: Seen) -> Iterator[Finding]:
    for each in seen.twilio:
        if each.trouble:
            continue
        ours = ownership(each.account, each.wanted).of
        for wanted in each.wanted:
            trunk = ours.get(wanted.carrier)
            yield from _of(each, wanted, trunk.sid if trunk else "")


def _of(seen: TwilioSeen, wanted: Wanted, trunk_sid: str) -> Iterator[Finding]:
    known = [number for text in wanted.numbers if (number := seen.account.numbers.get(text))]
    if missing := [text for text in wanted.numbers if text not in seen.account.numbers]:
        yield Finding(
            f'Not in the Twilio account of the carrier "{wanted.carrier}": {listed(missing)}.',
            "Nobody who calls there comes here.",
            "buy or port what is missing into that account, or correct callcenter.yaml",
        )
    if mute := [number.number for number in known if not number.voice]:
        yield Finding(f"No voice calls at Twilio: {listed(mute)}.", "They can't ring.", "take other numbers")
    elsewhere: dict[str, list[str]] = defaultdict(list)
    for number in known:
        if number.voice and number.trunk_sid != trunk_sid:
            elsewhere[number.trunk_sid].append(number.number)
    for sid, numbers in elsewhere.items():
        holder = seen.account.trunk(sid)
        where = f'on the trunk "{holder.name}"' if holder else "on no trunk"
        yield Finding(
            f"Twilio has {listed(numbers)} {where}.",
            "Their calls go there and not here." if holder else "Their calls go to a webhook, or nowhere.",
            f"{APPLY} --take-over" if holder and not holder.marked else APPLY,
        )
