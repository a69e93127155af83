"""The receptionist: from where the talk stands to what it says or does next."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from local.stand_ins.chat.conversation import Conversation, ToolSchema
from local.stand_ins.chat.intents import Intent, says_goodbye, says_yes
from local.stand_ins.chat.reading import Asked
from local.stand_ins.chat.talk import Talk, fold

_HELP = "How can I help you?"
_ELSE = "Is there anything else I can help you with?"
_NEED = {
    "name": "What is your full name, please?",
    "day": "Which day would you like?",
    "time": "What time would suit you?",
    "message": "What is the message?",
    "reason": "What is it for?",
}
_NEED_OLD = {"day": "Which day is the appointment?", "time": "What time is the appointment?"}
_CONFIRM = {
    Intent.BOOK: "So that is {day} at {time} for {name}. Shall I book it?",
    Intent.MOVE: "So I move your appointment, {name}, to {day} at {time}. Shall I do that?",
    Intent.CANCEL: "So you want to cancel the appointment for {name}. Shall I cancel it?",
}
_MAX_UNCLEAR = 6
_FIRST_OFFER = 2


@dataclass(frozen=True)
class Reply:
    """Words to speak, or a tool to call."""

    text: str = ""
    tool: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)


def reply(conversation: Conversation) -> Reply:
    """What comes next. Depends on the request alone."""
    talk = fold(conversation)
    if talk.result is not None:
        return _after_tool(talk, conversation)
    if not any(message.role == "user" for message in conversation.messages):
        return Reply(f"Hello, this is the assistant of {conversation.place}. {_HELP}")
    return _aside(talk, conversation) or _errand(talk, conversation) or _small_talk(talk, conversation)


def _after_tool(talk: Talk, conversation: Conversation) -> Reply:
    result = talk.result
    assert result is not None  # noqa: S101 - the caller has looked
    if talk.result_of == Intent.GOODBYE.value:
        return Reply(f"Thank you for calling {conversation.place}. Goodbye!")
    todo = result.instructions
    if "number to call back" in todo:
        question = "What number can we call you back on?"
    elif "reason" in todo and "missing" in result.spoken.lower():
        question = _NEED["reason"]
    elif talk.by_old and result.offers:
        question = "Which one do you mean?"
    elif talk.by_old:
        question = _NEED_OLD["day"]
    elif "that one is meant" in todo:
        question = "Is that the one you mean?"
    elif result.offers and not result.done and talk.errand is not None:
        question = "Would one of those suit you?"
    elif "take a message" in todo and Intent.MESSAGE.value in conversation.tools:
        question = "Shall I take a message?"
    elif "day" in todo and not result.done and talk.errand is not None:
        question = _NEED["day"]
    else:
        question = _ELSE
    return Reply(f"{result.spoken} {question}".strip())


def _aside(talk: Talk, conversation: Conversation) -> Reply | None:
    """Questions that are answered wherever the talk stands, and then it goes on."""
    said = talk.said
    if Intent.EMERGENCY in said:
        return Reply("If this is an emergency, please hang up and dial the emergency number now.")
    if Intent.ROBOT in said:
        return Reply(f"I am an AI assistant, not a person. {_resumed(talk, conversation)}")
    if Intent.REPEAT in said and talk.last_spoken:
        return Reply(talk.last_spoken)
    done = talk.refused and talk.asked in (Asked.ANYTHING_ELSE, Asked.OPEN) and talk.errand is None
    thanked = talk.asked is Asked.ANYTHING_ELSE and Intent.THANKS in said and not says_yes(talk.words)
    leaving = says_goodbye(talk.words) or (Intent.GOODBYE in said and talk.errand is None)
    if leaving or done or thanked:
        if Intent.GOODBYE.value in conversation.tools:
            return Reply(tool=Intent.GOODBYE.value)
        return Reply(f"Thank you for calling {conversation.place}. Goodbye!")
    if Intent.ADDRESS in said and talk.errand is None:
        where = f"We are at {conversation.address}." if conversation.address else "I'm sorry, I don't know the address."
        return Reply(f"{where} {_ELSE}")
    if said and said[0] is Intent.WAIT:
        return Reply("Of course, take your time.")
    return None


def _resumed(talk: Talk, conversation: Conversation) -> str:
    talk.understood, talk.refused = True, False
    pending = _errand(talk, conversation)
    return pending.text if pending and pending.text else _HELP


def _errand(talk: Talk, conversation: Conversation) -> Reply | None:
    """The next step of what the caller wants, or None when that is nothing (or not understood)."""
    errand = talk.errand
    if errand is None or not talk.understood:
        return None
    tool = conversation.tools.get(errand.value)
    if tool is None:
        return _not_offered(talk, conversation)
    if talk.refused and talk.asked is Asked.CONFIRM:
        return Reply(
            "All right. Which day and time would you like instead?" if errand is not Intent.CANCEL else _kept()
        )
    if talk.refused and talk.asked in (Asked.WHICH_OFFER, Asked.TAKE_MESSAGE):
        return Reply(f"All right. {_NEED['day']}" if errand in (Intent.BOOK, Intent.MOVE) else f"All right. {_ELSE}")
    if errand is Intent.HOURS and not talk.slots.get("day") and conversation.hours:
        return Reply(f"We are open {conversation.hours}. {_ELSE}")
    arguments, missing = _arguments(talk, tool)
    if missing:
        return Reply(missing)
    if errand in _CONFIRM and not talk.confirmed:
        known = {"day": "", "time": "", **talk.slots}
        return Reply(_CONFIRM[errand].format(**{**known, "day": _capital(known["day"])}))
    return Reply(tool=errand.value, arguments=arguments)


def _kept() -> str:
    return f"All right, I leave it as it is. {_ELSE}"


def _not_offered(talk: Talk, conversation: Conversation) -> Reply:
    if talk.errand is Intent.HOURS and conversation.hours:
        return Reply(f"We are open {conversation.hours}. {_ELSE}")
    if Intent.MESSAGE.value in conversation.tools:
        return Reply("I'm sorry, I can't do that on this line. Shall I take a message?")
    return Reply(f"I'm sorry, I can't do that on this line. {_ELSE}")


def _arguments(talk: Talk, tool: ToolSchema) -> tuple[dict[str, str], str]:
    """The tool's arguments as far as known, and the question for the first required one that is not."""
    arguments: dict[str, str] = {}
    for parameter, description in sorted(tool.parameters.items(), key=lambda item: _rank(item[0])):
        slot, needed = _slot(parameter, talk), parameter in tool.required
        value = talk.slots.get(slot, "") if slot else ""
        if slot == "message" and value and (number := talk.slots.get("number")) and number not in value:
            value = f"{value}. Number: {number}"
        if value:
            arguments[parameter] = value
        elif needed or (talk.by_old and slot in _NEED_OLD and talk.errand is Intent.CANCEL):
            asking = _NEED_OLD if talk.by_old else _NEED
            if slot == "time" and (part := talk.slots.get("part")):
                return arguments, f"What time in the {part} would suit you?"
            return arguments, asking.get(slot) or _NEED.get(
                slot
            ) or f"Could you tell me this: {description.rstrip('.')}?"
    return arguments, ""


def _rank(parameter: str) -> int:
    """The order in which a person would ask: when, then who, then what about."""
    order = ("day", "date", "time", "name")
    return next((n for n, word in enumerate(order) if word in parameter), len(order))


def _slot(parameter: str, talk: Talk) -> str:
    """What a parameter of a tool is about, by its name."""
    if parameter.startswith(("old_", "current_")):
        return f"old_{parameter.partition('_')[2]}" if talk.by_old else ""
    for slot in ("day", "time", "name", "message", "reason"):
        if slot in parameter or (slot == "day" and "date" in parameter):
            return slot
    return parameter


def _small_talk(talk: Talk, conversation: Conversation) -> Reply:
    """No errand, or words that do not fit it."""
    if talk.errand is None and talk.asked is Asked.ANYTHING_ELSE and says_yes(talk.words):
        return Reply("Of course. What would you like?")
    if talk.errand is None and talk.refused:
        return Reply(f"All right. {_ELSE}")
    if talk.errand is None and Intent.GREETING in talk.said:
        return Reply(f"Hello! {_HELP}")
    if talk.errand is None and Intent.THANKS in talk.said:
        return Reply(f"You're welcome. {_ELSE}")
    if talk.errand is None and talk.slots.get("name") and talk.understood:
        return Reply(f"Hello {talk.slots['name']}. {_HELP}")
    return _unclear(talk, conversation)


def _unclear(talk: Talk, conversation: Conversation) -> Reply:
    again = _resumed(talk, conversation) if talk.errand is not None else ""
    if talk.unclear == 0:
        return Reply(f"I'm sorry, I didn't catch that. {again or 'Could you say it again?'}")
    if talk.unclear < _FIRST_OFFER and again:
        return Reply(f"Sorry, I still didn't get that. {again}")
    if talk.unclear < _FIRST_OFFER:
        return Reply(
            "Sorry, I still didn't get that. I can book, move or cancel an appointment, or tell you when we are open."
            " What would you like?"
        )
    if talk.unclear >= _MAX_UNCLEAR and Intent.GOODBYE.value in conversation.tools:
        return Reply(tool=Intent.GOODBYE.value)
    if Intent.MESSAGE.value in conversation.tools:
        return Reply("I'm sorry, I didn't understand. Shall I take a message, so that someone can call you back?")
    return Reply(f"I'm sorry, I didn't understand. {_HELP}")


def _capital(text: str) -> str:
    return " ".join(
        word.capitalize() if word.endswith("day") and word not in ("day", "today") else word for word in text.split()
    )
