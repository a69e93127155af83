"""Signs what is sent to the gateway, by the gateway's clock: this machine's may be minutes off."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from ops import logging
from ops.clock import Clock

_log = logging.get("calls.stores.signer")


class Signer:
    """`secret` is the key's signing secret as the gateway printed it, `key_id` the id of the API key."""

    def __init__(self, key_id: str, secret: str, clock: Clock) -> None:
        self._key_id, self._secret, self._clock = key_id, secret.encode(), clock
        self._ahead_s = 0.0  # the gateway's clock before ours

    def headers(self, path: str, query: str, body: bytes) -> dict[str, str]:
        """For one POST: a repeat is signed anew, since a nonce is good once."""
        from ops.signatures import sign  # here: it brings a cryptographic library, for whoever signs

        at = self._clock.now() + self._ahead_s
        return sign("POST", path, query, body, key_id=self._key_id, secret=self._secret, at=at)

    def correct(self, date: str | None) -> bool:
        """The gateway says that our time is wrong, and its own `date` (HTTP). True: signing again is worth it."""
        try:
            theirs = parsedate_to_datetime(date or "").timestamp()
        except ValueError:
            return False
        self._ahead_s = theirs - self._clock.now()
        _log.warning("this machine's clock is off: requests are signed by the gateway's", seconds=round(self._ahead_s))
        return True
