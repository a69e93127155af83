"""Words of callers about being recorded, understood without the model; and which of ours are said. English and German.

In other languages yes and no are not understood: who is asked there twice is not recorded.
"""

from __future__ import annotations

import re

from calls.policy import RecordingMode, first_sentence
from config.model import Line

_FILLERS = r"(?:(?:um+|uh+|er+|hm+|mm+|oh|ah|well|so|hi|hello|please|äh+m?|ähm?|na|ach|tja|hallo|also|bitte)\s+)*"
# A "no" that means yes, before the words for no.
_YES_AFTER_ALL = (
    r"no (?:problem|worries|objections?)|(?:i|we) (?:don't|do not) (?:mind|object)"
    r"|kein problem|keine einwände|(?:ich habe |hab )?nichts dagegen"
)
_YES = (
    rf"{_YES_AFTER_ALL}|yes|yeah|yep|yup|ya|sure|ok|okay|of course|certainly|absolutely|fine|alright"
    r"|all right|go ahead"
    r"|that's (?:fine|ok|okay|alright|all right)|that is (?:fine|ok|okay)|it's (?:fine|ok|okay)"
    r"|(?:i|we) (?:agree|consent)"
    r"|you (?:may|can)|you're welcome to|by all means|feel free"
    r"|ja|jawohl|jo|gerne?|klar|natürlich|sicher|selbstverständlich|einverstanden|in ordnung|meinetwegen|von mir aus"
    r"|(?:das )?(?:dürfen|können) sie|das ist (?:ok|okay|in ordnung)|passt|geht klar"
)
_NO = (
    r"no|nope|nah|never|not|don't|do not|(?:i|we) (?:don't|do not)"
    r"|(?:i|we)(?:'d| would)? (?:rather|prefer) (?:not|you not)"
    r"|rather not|you (?:may|can) ?not|you can't|(?:i|we) (?:refuse|disagree|object|do mind)"
    r"|nein|nee|nö|nicht|lieber nicht|auf keinen fall|(?:ich )?möchte (?:ich )?(?:das )?nicht|das möchte ich nicht"
    r"|(?:ich )?will (?:ich )?(?:das )?nicht|ungern|keinesfalls|das dürfen sie nicht"
)
_SAYS_YES = re.compile(rf"{_FILLERS}(?:{_YES})(?![\w'])")
_SAYS_NO = re.compile(rf"{_FILLERS}(?:{_NO})(?![\w'])")
_AFTER_ALL = re.compile(rf"(?<!\w)(?:{_YES_AFTER_ALL})(?!\w)")
# After a yes: a no after all, a condition, or a question. Half a yes is none.
_BUT_NO = re.compile(
    r"(?<!\w)(?:no|nope|nah|not|never|none|nothing|cannot|without|stop|refuse|object|mind|rather|prefer|disagree|unless"
    r"|\w+n't|what|why|who|how|pardon|repeat|wait|hang on|hold on"
    r"|nein|nee|ne|nö|nicht|nichts|nie|niemals|kein\w*|ungern|lieber|ohne|wieso|warum|wozu|wofür|wer|wie|moment)(?!\w)"
)
_BUT_YES = re.compile(r"(?<!\w)(?:yes|fine|okay|ok|go ahead|sure|ja|gerne|einverstanden)(?!\w)")

_RECORDING = r"(?:record(?:ing|er)?|taping|tape)"
_OURS = r"(?: (?:the|this|that|your|my|me|us|our|any|all|it|call|conversation|to))*"
_WE_DO = r"(?:aufnahme|aufzeichnung|mitschnitt|aufnehmen|aufzuzeichnen|aufzunehmen|mitzuschneiden)"
_STOP = re.compile(
    r"(?<!n't )(?<!not )(?<!did you )(?<!have you )"
    rf"\b(?:stop|quit|end|cease|pause|cancel|turn off|switch off){_OURS} {_RECORDING}\b"
    rf"|\b(?:turn|switch)(?: (?:the|this|that|your))? {_RECORDING} off\b"
    rf"|\b(?:don't|do not)(?: (?:want|like|wish))?(?: you)?(?: to)?(?: be)? record(?:ed|ing)?\b(?! (?:of|that)\b)"
    rf"|\b(?:don't|do not) (?:want|like|wish)(?: for)? (?:this|it|(?:the|this) (?:call|conversation))(?: to be)?"
    r" recorded\b"
    rf"|\bno (?:more )?recording\b|\bwithout (?:a |the |any )?recording\b"
    rf"|\b(?:stopp?\w*|beend\w*|hör\w*|halt\w*|schalt\w*|brech\w*)(?: \w+){{0,4}} {_WE_DO}\b"
    rf"|\b{_WE_DO}(?: bitte)? (?:stopp\w*|beend\w*|aus\w*|abbrech\w*|anhalt\w*|abschalt\w*)"
    r"|\bnicht (?:\w+ )?(?:aufnehmen|aufzeichnen|mitschneiden|aufgenommen|aufgezeichnet|mitgeschnitten)\b"
    rf"|\bkeine (?:{_WE_DO})\b"
)


def consents(text: str) -> bool | None:
    """Does that say yes, or no, to being recorded? None: neither, or both."""
    plain = _plain(text)
    rest = _AFTER_ALL.sub(" ", plain)
    if _SAYS_YES.match(plain):
        return None if _BUT_NO.search(rest) else True
    if _SAYS_NO.match(plain):
        return None if _BUT_YES.search(rest) or rest != plain else False
    return None


def wants_no_recording(text: str) -> bool:
    """The plain ways to say so. The model hears the others, and has a tool for them."""
    return _STOP.search(_plain(text)) is not None


def is_more_than(text: str, words: int) -> bool:
    """Did they say more than that, so that there is something to answer?"""
    return len(text.split()) > words


def greeting_pieces(line: Line) -> list[str]:
    """The line's greeting as it is spoken: whole, or around the notice or the question."""
    policy = line.policy.recording
    first, rest = first_sentence(line.greeting)
    if policy.mode is RecordingMode.OFF:
        return [line.greeting]
    if policy.mode is RecordingMode.ON_CONSENT:
        return [each for each in (first, policy.question, policy.notice, rest) if each]
    return [each for each in (f"{first} {policy.notice}", rest) if each]


def fixed_words(line: Line) -> list[str]:
    """All that a line that records may say of it beside its greeting."""
    policy = line.policy.recording
    if policy.mode is RecordingMode.OFF:
        return []
    own = line.phrases
    required = [own.one_moment, own.must_be, policy.unavailable]
    more = required if policy.mode is RecordingMode.REQUIRED else [own.stopped, own.still_on]
    target = line.telephony.targets.get(policy.unavailable_transfer or "")
    if policy.mode is RecordingMode.REQUIRED and target:
        more.append(own.handed_on.format(says=target.says))
    asked = [policy.declined] if policy.mode is RecordingMode.ON_CONSENT else []
    return [policy.notice, *asked, *more]


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[,.!?;:]", " ", text.lower().replace("’", "'")).split())
