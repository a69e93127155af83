"""What a caller wants, by keywords that survive a speech recogniser."""

from enum import Enum

from local.stand_ins.chat.words import has


class Intent(Enum):
    """An errand has its tool's name as value."""

    BOOK = "book_appointment"
    MOVE = "move_appointment"
    CANCEL = "cancel_appointment"
    HOURS = "opening_hours"
    MESSAGE = "take_message"
    PERSON = "ask_for_person"
    GOODBYE = "end_call"
    ROBOT = "robot"
    REPEAT = "repeat"
    ADDRESS = "address"
    EMERGENCY = "emergency"
    WAIT = "wait"
    GREETING = "greeting"
    THANKS = "thanks"


ERRANDS = frozenset((Intent.BOOK, Intent.MOVE, Intent.CANCEL, Intent.HOURS, Intent.MESSAGE, Intent.PERSON))

# In order: the first that matches wins, so the narrower stand before the wider.
_TABLE = (
    (Intent.EMERGENCY, r"emergency|ambulance|heart attack|can't breathe|cannot breathe"),
    (
        Intent.ROBOT,
        r"(?:are you|is this|is that|am i (?:talking|speaking) (?:to|with)|you're)(?: \w+){0,3}"
        r" (?:robot|machine|computer|human|bot|ai|recording|person)|are you real",
    ),
    (
        Intent.REPEAT,
        r"pardon|(?:say|repeat) (?:that|it|this)|(?:please|can you|could you) repeat|what did you say|come again"
        r"|(?:didn't|did not|couldn't|can't) (?:hear|catch|get|understand)(?: (?:that|you|it))?|sorry what"
        r"|speak slower",
    ),
    (Intent.CANCEL, r"cancel\w*|call off"),
    (
        Intent.MOVE,
        r"(?:move|change|shift|postpone)(?: \w+){0,2} (?:appointment|it|date|time)|reschedul\w*|(?:move|postpone) my"
        r"|(?:can't|cannot|won't) (?:make it|come)",
    ),
    (
        Intent.MESSAGE,
        r"(?:leave|take|give|have)(?: \w+){0,3} message|message for|calls? me back|pass (?:it|that|this) on"
        r"|tell (?:the|him|her|them|doctor|someone|somebody)",
    ),
    (
        Intent.PERSON,
        r"(?:speak|talk)(?: \w+){0,2} (?:to|with)|put me through|transfer(?: me)?|connect me|operator|representative"
        r"|real person|human being|a human|a person|give me (?:a|the) (?:person|doctor|nurse|manager)",
    ),
    (
        Intent.HOURS,
        r"(?:opening|business|office|your|clinic) hours|what (?:are|time)(?: \w+){0,4} (?:open|close|hours)"
        r"|(?:you|clinic) (?:still )?(?:open|closed?)|how late|(?:when|do|are) (?:do |are )?you (?:open|closed?)"
        r"|opening times",
    ),
    (
        Intent.BOOK,
        r"book\w*|(?:make|need|want|get|schedule|have|like)(?: \w+){0,2} (?:an )?appointment|schedule"
        r"|see (?:a|the|doctor|dr|somebody|someone)(?: \w+)?|come in|available|appointment"
        r"|(?:anything|something|slot|openings?)(?: \w+)? (?:free|available|on)",
    ),
    (Intent.ADDRESS, r"where are you|where is|your address|the address|located|get there|directions|parking"),
    (
        Intent.GOODBYE,
        r"good ?bye?|bye|that(?:'s| is| was) (?:all|it|everything)|nothing else|have a (?:nice|good|great) day"
        r"|hang up|have to go|see you",
    ),
    (Intent.WAIT, r"hold on|one moment|wait|just a (?:second|moment|minute)|let me (?:check|think|see)"),
    (Intent.THANKS, r"thanks?|thank you|great|perfect"),
    (
        Intent.GREETING,
        r"hello|hi|hey|good (?:morning|afternoon|evening)|are you (?:still )?there|can you hear me",
    ),
)

_YES = (
    r"yes|yeah|yep|yup|sure|correct|right|exactly|okay|ok|of course|please do|go ahead|that works|sounds good|perfect"
    r"|fine|alright|great|absolutely|definitely"
)
_NO = r"no|nope|not|wrong|isn't|don't|nah"
_LEAVING = r"good ?bye|bye|hang up|have to go"


def intents(text: str) -> list[Intent]:
    """All intents in plain `text`, the most telling first."""
    return [intent for intent, pattern in _TABLE if has(pattern, text)]


def says_no(text: str) -> bool:
    """Whether plain `text` refuses."""
    return has(_NO, text)


def says_yes(text: str) -> bool:
    """Whether plain `text` agrees."""
    return not says_no(text) and has(_YES, text)


def says_goodbye(text: str) -> bool:
    """Whether plain `text` leaves no doubt that the caller wants to end the call."""
    return has(_LEAVING, text)
