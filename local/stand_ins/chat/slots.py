"""Days, times, names and reasons in plain words (words.plain). They are passed on as said: tools know the calendar."""

import re

_WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_ORDINAL = (
    "(?:(?:twenty |thirty )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth"
    r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
    r"|\d{1,2}(?:st|nd|rd|th)?)"
)
_DAY = re.compile(
    rf"\b(?:the day after tomorrow|tomorrow|today|(?:{_WEEKDAY} )?(?:the )?{_ORDINAL} (?:of )?{_MONTH}"
    rf"|(?:{_WEEKDAY} )?{_MONTH} (?:the )?{_ORDINAL}|{_WEEKDAY} the {_ORDINAL}|(?:next |this )?{_WEEKDAY}"
    rf"|the {_ORDINAL}(?! (?:one|time|slot))|\d{{4}}-\d\d-\d\d)\b"
)
_HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,2})"
_MINUTE = (
    "(?:oh (?:one|two|three|four|five|six|seven|eight|nine)|(?:twenty|thirty|forty|fifty)(?: five)?"
    r"|fifteen|ten|five|\d\d)"
)
_IN_THE = "in the (?:morning|afternoon|evening)"
_HALF = rf"(?: ?(?:am|pm)| o'?clock(?: (?:am|pm|{_IN_THE}))?| {_IN_THE})"
_EXACT = re.compile(
    rf"\b(?:(?:half|a? ?quarter|twenty|ten|five) (?:past|to|after) {_HOUR}{_HALF}?|\d{{1,2}}:\d\d{_HALF}?"
    rf"|{_HOUR} {_MINUTE}{_HALF}?|{_HOUR}{_HALF}|noon|midday)\b"
)
_LED_BY = re.compile(
    rf"\b(?:at|around|about|by|for|say|it|day|tomorrow|today) ({_HOUR})\b(?! (?:minutes|of|days|weeks|person))"
)
_PART = re.compile(r"\b(morning|afternoon|evening)\b")
_DIGITS = re.compile(r"\b(?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|\d+) ?){5,}")

_NAME_AFTER = re.compile(
    r"\b(?:my (?:full )?name is|my name's|name's|the name is|name is|under the name(?: of)?|it's under"
    r"|under|call me|this is|it is|it's|i'm|i am|for)(?=((?: [a-z'-]+)+))"
)
_ENDS_A_NAME = re.compile(
    r"\b(?:and|i|i'd|i'm|i've|but|speaking|calling|here|please|on|at|for|about|to|from|with|can|could|would|thank"
    r"|thanks|yes|no|so)\b.*"
)
# Words that follow "it's", "I'm", "for" or stand in an answer and are no names. A closed list is enough: a wrong name
# is read back before anything is booked.
_NO_NAME_WORDS = (
    "a an the my your not just late sick ill fine okay ok ready sure sorry afraid calling looking trying "
    "going feeling here there right wrong correct good great perfect that this what when where who how why it "
    "is are am was be do did does can could would should will have has had want need like book make move "
    "cancel change appointment doctor nurse person someone anyone somebody something anything everything "
    "nothing all about under over back new old next first one two three four five six seven eight nine ten "
    "eleven twelve thirty fifteen forty fifty half past quarter morning afternoon evening today tomorrow "
    "monday tuesday wednesday thursday friday saturday sunday week day time hours hour open closed yes no "
    "yeah nope hello hi hey goodbye bye thanks thank please again me you he she we they him her us them and "
    "or but so to of in on at for from with without by up down out off urgent emergency robot machine human "
    "recording message check checkup cough cold fever pain sore headache very much really still also only "
    "maybe minute moment second possible available pm am o'clock let's say think well um uh "
)
_NO_NAME = frozenset(_NO_NAME_WORDS.split())
_REASON = re.compile(
    r"\b(?:because of|about|for|i have|i've got|it's)((?: (?:a|an|my|the|some))(?: [a-z'-]+)+"
    r"|(?: (?:back|chest) pain| tooth ?ache))"
)
_ENDS_A_REASON = re.compile(
    rf"\b(?:on|at|and i|and my|next|this|tomorrow|today|please|{_WEEKDAY}|can|could|in the|thank|thanks"
    r"|appointment|question|message)\b.*"
)
_NO_REASON_WORDS = "doctor nurse manager person appointment name number morning afternoon evening message question "
_NO_REASON = frozenset(_NO_REASON_WORDS.split())


def day(text: str) -> str:
    """The day in `text` as it was said, or "" (also for "next week", which is none)."""
    found = _DAY.findall(text)
    return str(found[-1]) if found else ""


def time(text: str, *, expected: bool = False) -> str:
    """The time as it was said, or "". `expected`: a bare number is a time."""
    without_day = " ".join(_DAY.sub(" day ", _DIGITS.sub(" ", text)).split())
    if exact := _EXACT.findall(without_day):
        return str(exact[-1]).strip()
    if led := _LED_BY.findall(without_day):
        return str(led[-1])
    bare = re.findall(rf"\b{_HOUR}\b", without_day) if expected else []
    return str(bare[-1]) if bare else ""


def part_of_day(text: str) -> str:
    """ "morning", "afternoon", "evening" or ""."""
    part = _PART.findall(re.sub(r"\bgood (?:morning|afternoon|evening)\b", " ", text))
    return str(part[-1]) if part else ""


def in_part(time: str, part: str) -> str:
    """ "two thirty" in the afternoon, where the time does not say so itself."""
    if not part or re.search(r"[ap]m\b|morning|afternoon|evening|noon|midday", time):
        return time
    return f"{time} in the {part}"


def name(text: str, *, expected: bool = False) -> str:
    """The caller's name, capitalised, or "". `expected`: the words may be the name and no more."""
    for rest in reversed(_NAME_AFTER.findall(text)):
        if found := _as_name(rest, most=3):
            return found
    return _as_name(re.sub(r"^(?:yes|um|uh|well|sure|okay|hello|hi) ", "", text), most=4) if expected else ""


def _as_name(text: str, most: int) -> str:
    words = _ENDS_A_NAME.sub("", text.strip()).split()
    if not 1 <= len(words) <= most or any(word in _NO_NAME or word[0].isdigit() for word in words):
        return ""
    return " ".join(word.title() if "'" not in word else word.capitalize() for word in words)


def rest_of_name(text: str) -> str:
    """The words that could be a name, at most three, or ""."""
    kept = [word for word in text.split() if word not in _NO_NAME and word.isalpha() and len(word) > 1]
    return " ".join(word.capitalize() for word in kept[-3:] if word != "name")


def reason(text: str) -> str:
    """What an appointment is for, where the caller says so unasked, or ""."""
    for rest in _REASON.findall(text):
        words = _ENDS_A_REASON.sub("", rest).split()
        if 1 < len(words) <= 6 and not _NO_REASON & set(words):
            return " ".join(words)
    return ""


def phone_number(text: str) -> str:
    """Five or more digits in a row as they were said, or ""."""
    found = _DIGITS.search(text)
    return found[0].strip() if found else ""


def message(text: str) -> str:
    """The message in "tell the doctor that ...", or ""."""
    found = re.search(
        r"\b(?:(?:tell|ask) (?:him|her|them|someone|somebody|(?:the )?\w+(?: \w+)?) (?:that|to|about) .+"
        r"|call me back.*)",
        text,
    )
    return found[0] if found else ""
