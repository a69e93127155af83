"""What an answer of the gateway means: replies, or a refusal that says who can do something about it."""

from __future__ import annotations

import json
from typing import Any

from calls.stores.executor import ErrorReply, Reply
from calls.stores.link import Answer

# By status: what the operator must change. No wait and no retry helps.
_OPERATOR = {
    401: "the gateway does not accept the key: check STATE_API_KEY and STATE_SIGNING_KEY",
    403: "the gateway forbids it: check this client's prefixes, commands, scripts and networks in its clients file",
    404: "no gateway at this address: check the path in STATE_URL",
    405: "no gateway at this address: check the path in STATE_URL",
    413: "the gateway takes no body or value of this size: raise its limits",
}
_NOT_EXECUTED = frozenset({"store_down", "busy", "rate_limited", "too_many_at_once", "request_timeout"})
_LONGEST_WAIT_S = 8.0


class Refusal(Exception):
    """No replies. `broken`: the gateway or what is behind it, trying again may help; else its text is the operator's.

    `executed`: the commands may have been. `wait_s`: how long it asked to be left alone. `code`: its word, or "".
    `date`: its clock, as HTTP writes it.
    """

    def __init__(
        self,
        text: str,
        code: str = "",
        *,
        broken: bool = True,
        executed: bool = True,
        wait_s: float = 0.0,
        date: str | None = None,
    ) -> None:
        super().__init__(text)
        self.text, self.code, self.broken, self.executed = text, code, broken, executed
        self.wait_s, self.date = wait_s, date


def replies_of(answer: Answer, count: int) -> list[Reply]:
    """The `count` replies. Raises Refusal."""
    if answer.status == 200:
        try:
            found = json.loads(answer.body)
            replies = [_reply(each) for each in found]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise Refusal("the gateway's answer cannot be read") from None
        if len(replies) != count:
            raise Refusal("the gateway's answer is not complete")
        return replies
    raise _refusal(answer)


def _refusal(answer: Answer) -> Refusal:
    code = _code(answer.body)
    if answer.status in _OPERATOR:
        text = f"{_OPERATOR[answer.status]} ({code or answer.status})"
        return Refusal(text, code, broken=False, executed=False, date=answer.headers.get("date"))
    if answer.status < 500 and answer.status not in (408, 425, 429):
        return Refusal(f"the gateway does not understand: {code or answer.status}", code, broken=False, executed=False)
    executed = code not in _NOT_EXECUTED
    return Refusal(f"gateway: {code or answer.status}", code, executed=executed, wait_s=_wait_s(answer))


def _reply(each: dict[str, Any]) -> Reply:
    if "error" in each:
        return ErrorReply(str(each["error"]).partition(" ")[0])
    return each["result"]


def _code(body: bytes) -> str:
    """Its machine word; "" where there is none or it is none (a proxy's page)."""
    try:
        code = json.loads(body)["code"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return code if isinstance(code, str) and code.isidentifier() and len(code) <= 40 else ""


def _wait_s(answer: Answer) -> float:
    """Retry-After in seconds; a date, or nothing, is no wait."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), _LONGEST_WAIT_S) if text.isascii() and text.isdigit() else 0.0
