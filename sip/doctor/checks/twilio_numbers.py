"""Numbers that Twilio does not send here."""

from __future__ import annotations

from collections.abc import Iterator

from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Seen, TwilioSeen
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
    for text in wanted.numbers:
        number = seen.account.numbers.get(text)
        if number is None:
            yield Finding(
                f'{text} is not in the Twilio account of the carrier "{wanted.carrier}".',
                "Nobody who calls it comes here.",
                "buy it or port it into that account, or correct it in callcenter.yaml",
            )
        elif not number.voice:
            yield Finding(f"{text} takes no voice calls at Twilio.", "It can't ring.", "take another number")
        elif number.trunk_sid != trunk_sid:
            holder = seen.account.trunk(number.trunk_sid)
            where = f'on the trunk "{holder.name}"' if holder else "on no trunk"
            yield Finding(
                f"Twilio has {text} {where}.",
                "Its calls go there and not here." if holder else "Its calls go to a webhook, or nowhere.",
                f"{APPLY} --take-over" if holder and not holder.marked else APPLY,
            )
