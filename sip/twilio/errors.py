"""What Twilio refuses, and what to do about it. Codes: https://www.twilio.com/docs/api/errors (read 2026-11-21)."""

from __future__ import annotations

from sip.errors import ProviderError
from sip.twilio.wire import Answer

_FIXES = {
    20001: "A value that it does not take: its own words say which.",
    20003: "Wrong name or secret, a key of another account or region, or a suspended account. The carrier's `account`"
    " needs an API key (SK...) with its secret, or the account SID with its auth token; with an API key also"
    " `account_sid`.",
    20008: "Test credentials cannot set up lines: take the live account's.",
    20404: "It is not there (any more): somebody changes the account at the same time, or `account_sid` is another"
    " account's. Run plan again.",
    20429: "Too many requests at once in this account, also by others; it was asked several times. Try later.",
    21245: "The carrier's `address` must be <name>.pstn.twilio.com: letters, digits and dashes in the name.",
    21247: "The trunk's domain has sub-domains, or is one of a domain that is not this account's.",
    21248: "Another trunk has this `address`, maybe in another account: domains are unique in all of Twilio. Choose"
    " another name for it.",
    21252: "The region in the carrier's `address` is none of Twilio's.",
    21404: "Not with a trial account: upgrade it.",
    21631: "The number needs a registered address before it can be used.",
}
_BY_STATUS = {401: 20003, 403: 20003, 404: 20404, 429: 20429}
_ACCOUNT_HINT = "The account may be suspended, or its key not allowed to do this."


class TwilioError(ProviderError):
    """`code` is Twilio's, 0 for none; `status` the HTTP status, 0 where no answer came.

    `perhaps_done`: no word on whether it was carried out.
    """

    def __init__(self, text: str, *, code: int = 0, status: int = 0, perhaps_done: bool = False) -> None:
        super().__init__(text)
        self.code, self.status, self.perhaps_done = code, status, perhaps_done


def refused(answer: Answer, what: str, *, quote: bool) -> TwilioError:
    """`what` was asked for, in the operator's words. `quote` False: the request held a secret, which Twilio's own words
    might repeat."""
    code = answer.body.get("code")
    code = code if isinstance(code, int) else _BY_STATUS.get(answer.status, 0)
    message = answer.body.get("message")
    words = f' "{message[:300]}"' if quote and isinstance(message, str) and message.isprintable() else ""
    fix = _FIXES.get(code) or (_ACCOUNT_HINT if answer.status == 403 else "")
    number = f"error {code}" if code else f"HTTP {answer.status}"
    look = f" See https://www.twilio.com/docs/api/errors/{code}" if code and not fix else ""
    return TwilioError(
        f"Twilio refuses {what}: {number}.{words} {fix}{look}".strip(),
        code=code,
        status=answer.status,
        perhaps_done=answer.status >= 500,
    )


def silent(what: str, why: str, *, sent: bool) -> TwilioError:
    """No answer to `what`."""
    return TwilioError(
        f"Twilio does not answer ({why}): {what}. Nothing else was lost: run it again when it does"
        " (https://status.twilio.com).",
        perhaps_done=sent,
    )
