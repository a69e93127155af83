"""A login on an inbound trunk whose carrier has none to give."""

from __future__ import annotations

from collections.abc import Iterator

from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Seen, told


def check(seen: Seen) -> Iterator[Finding]:
    for trunk in seen.livekit.inbound:
        if trunk.auth_username and any(each.is_twilios for each in seen.on(trunk)):
            yield Finding(
                f"The inbound trunk {told(trunk)} asks for a SIP login, and Twilio sends none on calls to us.",
                "Every call is answered 401 or 407, again and again, and ends (32011 in Twilio's console).",
                f"{APPLY} (its trunks have none); on a trunk made by hand, empty auth_username and auth_password",
            )
