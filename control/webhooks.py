"""LiveKit's webhooks: is it our server that speaks, and what is new in it?"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections import OrderedDict

import jwt
from google.protobuf.json_format import ParseDict, ParseError
from livekit import api

from calls.ports import Egress
from control.errors import BadWebhook
from recording.egress import egress_of

_KNOWN = 4096  # ids remembered: a webhook is repeated within seconds
_EGRESS = frozenset({"egress_started", "egress_updated", "egress_ended"})
ENDINGS = frozenset({"room_finished", "participant_left", "participant_connection_aborted"})


class Webhooks:
    """Checks and reads what was posted. The server signs a token, and the token holds the SHA-256 of the raw body."""

    def __init__(self, api_key: str, api_secret: str) -> None:
        self._verifier = api.TokenVerifier(api_key, api_secret)
        self._seen: OrderedDict[str, None] = OrderedDict()

    def read(self, body: bytes, authorization: str) -> api.WebhookEvent:
        """The event. Raises BadWebhook: 401 where the signature is not our server's, 400 where it is not an event."""
        # livekit.api.WebhookReceiver does the same on text, and compares with `!=`.
        try:
            claims = self._verifier.verify(authorization.removeprefix("Bearer "))
            signed = base64.b64decode(claims.sha256 or "", validate=True)
        except (jwt.PyJWTError, binascii.Error, ValueError, TypeError, AttributeError) as error:
            raise BadWebhook(401, "the signature is not our server's") from error
        if not hmac.compare_digest(signed, hashlib.sha256(body).digest()):
            raise BadWebhook(401, "the signature is another body's")
        try:
            said = json.loads(body)
            if not isinstance(said, dict):
                raise BadWebhook(400, "not a JSON object")
            return ParseDict(said, api.WebhookEvent(), ignore_unknown_fields=True)
        except (ParseError, ValueError, RecursionError) as error:
            raise BadWebhook(400, "not a webhook event") from error

    def is_news(self, event: api.WebhookEvent) -> bool:
        """False where this event was seen before. One without an id is always news."""
        if not event.id:
            return True
        known = event.id in self._seen
        self._seen[event.id] = None
        self._seen.move_to_end(event.id)
        while len(self._seen) > _KNOWN:
            self._seen.popitem(last=False)
        return not known


def matters(event: api.WebhookEvent) -> bool:
    """Did a room end, or somebody leave who is more than a recorder? Events of later versions are none of ours."""
    return event.event in ENDINGS and event.participant.kind != api.ParticipantInfo.EGRESS


def recording_of(event: api.WebhookEvent) -> Egress | None:
    """The recording that the event tells of; None: it tells of none, or of one that only later versions understand."""
    if event.event not in _EGRESS or not event.egress_info.egress_id:
        return None
    try:
        return egress_of(event.egress_info)
    except ValueError:
        return None
