"""Where the conversation stands: folded from its messages, first to last."""

from dataclasses import dataclass, field

from local.stand_ins.chat import slots
from local.stand_ins.chat.conversation import Conversation, Message
from local.stand_ins.chat.intents import ERRANDS, Intent, intents, says_goodbye, says_no, says_yes
from local.stand_ins.chat.reading import Answer, Asked, answer, asked, was_unclear
from local.stand_ins.chat.words import has, plain

_WHEN = ("day", "time")
_ANY_TIME = r"any|anytime|whatever|whenever|don't mind|don't care|doesn't matter|as soon as possible|earliest"
_OFFER_WORDS = (r"first|earlier|former", r"second|later|latter|last")


@dataclass
class Talk:
    """What the caller wants now and what is known about it."""

    errand: Intent | None = None
    slots: dict[str, str] = field(default_factory=dict)
    asked: Asked = Asked.OPEN
    offers: tuple[tuple[str, str], ...] = ()
    confirmed: bool = False
    refused: bool = False
    unclear: int = 0
    understood: bool = True
    said: list[Intent] = field(default_factory=list)  # intents of the caller's last words
    words: str = ""  # the caller's last words, plain
    result: Answer | None = None  # of a tool, when it is the last thing that happened
    result_of: str = ""
    last_spoken: str = ""  # the receptionist's last words
    by_old: bool = False  # a tool asked for the present day and time of an appointment


def fold(conversation: Conversation) -> Talk:
    """The state after the last message."""
    talk = Talk()
    for message in conversation.messages:
        if message.role == "user":
            _caller(talk, message)
        elif message.role == "tool":
            _tool(talk, message)
        elif message.role == "assistant" and message.text:
            _receptionist(talk, message)
    return talk


def _receptionist(talk: Talk, message: Message) -> None:
    # "One moment." or "Are you still there?" ask nothing new: the question before still stands.
    if (question := asked(message.text)) is not Asked.NOTHING:
        talk.asked = question
    talk.unclear = talk.unclear + 1 if was_unclear(message.text) else 0
    talk.last_spoken = message.text
    talk.result = None


def _tool(talk: Talk, message: Message) -> None:
    talk.result, talk.result_of = answer(message.text), message.tool
    talk.confirmed = False
    if talk.errand is None or message.tool != talk.errand.value:
        return
    talk.offers, talk.by_old = talk.result.offers, False
    if talk.result.done or talk.errand in (Intent.HOURS, Intent.PERSON):
        talk.errand = None if "number" not in talk.result.instructions else talk.errand
        return
    talk.by_old = "exact day and time" in talk.result.instructions or "which one is meant" in talk.result.instructions
    if not talk.by_old:
        for slot in (*_WHEN, "part"):
            talk.slots.pop(slot, None)


def _caller(talk: Talk, message: Message) -> None:
    words = plain(message.text)
    talk.words, talk.said, talk.result = words, intents(words), None
    talk.refused = talk.understood = False
    wanted = _wanted(talk)
    if wanted:
        if wanted is not talk.errand:
            kept = {key: value for key, value in talk.slots.items() if key == "name"}
            talk.slots, talk.offers, talk.confirmed, talk.by_old = kept, (), False, False
        talk.errand, talk.understood = wanted, True
    changed = _fill(talk, words)
    if talk.asked is Asked.NUMBER and not slots.phone_number(words):
        talk.errand, talk.refused = None, True
    _agree(talk, words, changed)
    talk.understood = talk.understood or changed or bool(talk.said) or talk.confirmed or talk.refused


def _wanted(talk: Talk) -> Intent | None:
    """The errand that the caller's last words begin, if any."""
    if talk.asked in (Asked.MESSAGE, Asked.REASON, Asked.NUMBER) or {Intent.ROBOT, Intent.REPEAT} & set(talk.said):
        return None
    wanted = next((intent for intent in talk.said if intent in ERRANDS), None)
    if wanted is not None:
        return None if _is_answer(talk, wanted) else wanted
    if talk.errand is None and (day := slots.day(talk.words)):
        if talk.result_of == Intent.HOURS.value:  # "and on Sunday?"
            return Intent.HOURS
        # The recogniser may have lost the word "appointment": a day and a time say it too.
        return Intent.BOOK if day and slots.time(talk.words) else None
    return None


def _is_answer(talk: Talk, wanted: Intent) -> bool:
    """Whether words that could begin an errand answer a question about the present one: "the appointment on Friday"."""
    if talk.errand is None or talk.asked in (Asked.ANYTHING_ELSE, Asked.OPEN, Asked.NOTHING):
        return False
    weak = wanted is Intent.BOOK and not has(r"book\w*|schedule|new appointment|make an appointment", talk.words)
    return weak or (wanted is Intent.BOOK and talk.errand is Intent.MOVE)


def _fill(talk: Talk, words: str) -> bool:
    """Takes from the caller's words what the errand needs; whether anything was new."""
    before = dict(talk.slots)
    found = {
        "day": slots.day(words),
        "time": slots.time(words, expected=talk.asked in (Asked.TIME, Asked.WHICH_OFFER)),
        "part": slots.part_of_day(words),
        "name": slots.name(words, expected=talk.asked is Asked.NAME) or _insisted_name(talk, words),
        "reason": slots.reason(words),
        "number": slots.phone_number(words),
        "message": slots.message(words) if talk.errand is Intent.MESSAGE else "",
    }
    if talk.asked is Asked.REASON and not found["reason"]:
        found["reason"] = words
    if talk.asked is Asked.MESSAGE and talk.errand is Intent.MESSAGE and not has("goodbye|bye", words):
        found["message"] = words
    if talk.errand is Intent.MESSAGE:
        found["day"] = found["time"] = found["part"] = ""
    if talk.asked is Asked.TIME and not found["time"] and has(_ANY_TIME, words):
        found["time"] = found["part"] or talk.slots.get("part", "morning")
    if found["time"] and not found["part"] and "o'clock" not in found["time"]:
        found["time"] = slots.in_part(found["time"], talk.slots.get("part", ""))
    talk.slots |= {key: value for key, value in found.items() if value}
    _take_offer(talk, words, found)
    return talk.slots != before


def _insisted_name(talk: Talk, words: str) -> str:
    """What was understood of a name asked for twice: better a wrong name read back than no end of asking."""
    if talk.asked is not Asked.NAME or not talk.unclear or says_no(words) or says_goodbye(words):
        return ""
    return slots.rest_of_name(words)


def _take_offer(talk: Talk, words: str, found: dict[str, str]) -> None:
    """ "The first one", "eleven", "yes" (to a single offer) choose among the times that a tool offered."""
    if not talk.offers or talk.asked is not Asked.WHICH_OFFER or found["day"]:
        return
    chosen = [offer for offer in talk.offers if found["time"] and found["time"] in plain(offer[1])]
    for offer, pattern in zip(talk.offers, _OFFER_WORDS, strict=False):
        if has(pattern, words) and not chosen:
            chosen = [offer]
    if not chosen and says_yes(words):
        chosen = list(talk.offers[:1])
    if chosen:
        talk.slots |= {"day": plain(chosen[0][0]), "time": plain(chosen[0][1])}
        talk.confirmed = True
    elif found["time"] and len({day for day, _ in talk.offers}) == 1:
        talk.slots["day"] = plain(talk.offers[0][0])


def _agree(talk: Talk, words: str, changed: bool) -> None:
    yes, no = says_yes(words), says_no(words)
    if talk.asked is Asked.CONFIRM:
        talk.confirmed, talk.refused = yes and not changed, no and not changed
    elif talk.asked is Asked.TAKE_MESSAGE and yes and talk.errand is not Intent.MESSAGE:
        talk.errand, talk.understood = Intent.MESSAGE, True
        talk.slots = {key: value for key, value in talk.slots.items() if key == "name"}
    elif talk.asked in (Asked.ANYTHING_ELSE, Asked.TAKE_MESSAGE, Asked.WHICH_OFFER, Asked.OPEN) and no:
        talk.refused = True
    elif talk.asked is Asked.ANYTHING_ELSE and yes:
        talk.understood = True
