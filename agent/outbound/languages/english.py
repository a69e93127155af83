"""English."""

from __future__ import annotations

import re

from agent.outbound.wording import Hint, Wording

_ANSWERS = r"(?:zero|one|two|three|four|five|six|seven|eight|nine|\d|star|pound|hash|any key)"
# In this order: "to leave a message, press one, or wait for the tone" is a machine.
_HINTS = (
    (
        Hint.NO_MAILBOX,
        re.compile(
            r"not (?:been )?set ?up|mail ?box (?:is|was) full|(?:not in|out of) service|no longer in service"
            r"|(?:has been|is) disconnected|number you (?:have )?(?:dialed|dialled) (?:is|was) (?:not|incorrect)"
            r"|is not (?:accepting|taking) (?:calls|messages)|check the number"
        ),
    ),
    # What machines say of themselves. Screening believes it before the sentence is over.
    (
        Hint.MACHINE,
        re.compile(
            r"(?:after|at|following|hear|until) (?:the|this|a) (?:\w+ )?(?:tone|beep|signal|bleep)"
            r"|\b(?:i|we) can(?:'t|not| not) (?:come to|answer|take) (?:the|your|my|this) (?:phone|call)"
            r"|\b(?:i(?: am|'m)|we(?: are|'re)) (?:\w+ )?(?:not available|unavailable|away from)"
            r"|(?:person|party|customer|subscriber|number) you(?:'re| are|'ve| have)? \w+ is (?:\w+ )?"
            r"(?:not available|unavailable)"
            r"|\b(?:i|we)(?:'ll| will| can)? get back to you|answering machine|call you back as soon"
        ),
    ),
    # A secretary, who says nearly the same of somebody else, and asks.
    (
        Hint.RECEPTION,
        re.compile(
            r"\btake (?:a|your) message\b|\b(?:would|do) you (?:like|want|care|wish) to (?:leave|speak|hold|wait)"
            r"|\b(?:can|could|may|shall|should) i (?:\w+ )?(?:tell|give|ask|have|leave|pass|put|connect|take)\b"
            r"|\bwho(?:'s| is| am i| should i| shall i| may i) (?:this|calling|speaking|say)"
        ),
    ),
    (
        Hint.MACHINE,
        re.compile(
            r"(?:leave|record) (?:(?:me|us|a|your|the|brief|short|detailed) )*(?:message|name and|name, )"
            r"|voice ?mail|mail ?box|please leave"
        ),
    ),
    (
        Hint.MENU,
        re.compile(
            rf"\b(?:press|dial|push|enter|say or press) (?:the )?(?:number )?{_ANSWERS}\b"
            r"|enter your|listen (?:carefully )?to the following|menu options|options have (?:recently )?changed"
        ),
    ),
    (
        Hint.RECEPTION,
        re.compile(
            r"(?:how (?:can|may)|can|may|what can) (?:i|we) (?:help|do for|direct)"
            r"|who(?:'s| is) (?:this|calling|speaking)|\bspeaking\b|your name and"
        ),
    ),
    (
        Hint.LIKELY_MACHINE,
        re.compile(
            r"you(?:'ve| have)? reached|thank you for calling|office hours|opening hours|get back to you"
            r"|can(?:'t|not| not) (?:come to|answer|take) (?:the|your|this) (?:phone|call)"
            r"|(?:is|are|isn't|aren't|'s|'re) (?:\w+ )?(?:not available|unavailable|available|away from)"
        ),
    ),
)
# Said by nobody who talks: what makes a call that began as one with a person into one with a machine.
_SURE = re.compile(
    r"(?:after|at|hear) the (?:\w+ )?(?:tone|beep|signal|bleep)|record your message|answering machine"
    r"|mail ?box (?:is|was) full"
)
# Where a wish is over: "stop calling" is one, "stop calling him Bob" is none.
_OVER = r"(?=\s*(?:$|[.!?;]|please\b|now\b|thanks?\b|thank you\b|okay?\b|(?:good)?bye\b))"
_CALL = r"(?:call|phone|ring|contact|bother)"
_CALLING = r"(?:calling|phoning|ringing|contacting|bothering|harassing)"
_HERE = r"(?:us|here|this number|(?:my|our) (?:\w+ )?(?:number|phone|house|home|mobile))"
_NUMBER = r"(?:my|our|this|the) (?:(?:phone|telephone|mobile|cell) )?number"
_AGAIN = r"(?:ever )?(?:again|any ?more|ever)\b"
_NOT = r"(?:don't|dont|do not)"
_LIST = (
    r"(?:your|the|this|that|any|all|every) (?:(?:of|your|the|call|calling|phone|contact|marketing|mailing|sales|"
    r"reminder) ){0,2}(?:list|lists|database|system|records)\b"
)
# Of oneself and of others one only tells: "you never call me", "I don't ring here any more", "it won't stop ringing".
_ASKED = r"\b(?<!\bi )(?<!i'll )(?<!i will )(?<!we )(?<!they )"
_ASKED_YOU = rf"(?:\b(?:told|asked|tell|asking|telling) you |{_ASKED}(?<!you ))"
_DONE = r"\b(?<!n't )(?<!not )(?<!never )(?<!did you )"
_NO_MORE = re.compile(
    rf"{_DONE}(?:take|get|remove|delete) (?:me|us|my name|{_NUMBER}) (?:off|from|out)(?: of)? {_LIST}"
    # A first word that was clipped, as recognisers hear it: "hey me off your list".
    r"|\b(?<!n't take )(?<!not take )(?:me|us) off (?:of )?your (?:\w+ )?list\b(?<!waiting list)"
    rf"|\btake (?:me|us|{_NUMBER}) off{_OVER}"
    rf"|\bbe (?:taken|removed) (?:off|from) (?:{_LIST}|(?:this|these|that|it){_OVER})"
    rf"|{_DONE}(?:remove|delete|erase) {_NUMBER}(?! (?:and|then) (?:use|put|add|take|write)| with\b| from (?!{_LIST}))"
    rf"|{_DONE}(?:stop|quit) {_CALLING}(?: me{_OVER}| {_HERE}|{_OVER})"
    rf"|{_DONE}(?:stop|quit) {_CALLING} me (?:at|on|every|all|about|again|and)\b"
    rf"|{_ASKED_YOU}{_NOT} (?:you )?(?:ever )?{_CALL} (?:(?:me|{_HERE}) )?(?:\w+ )?(?<!you call me ){_AGAIN}"
    rf"|{_ASKED_YOU}{_NOT} ever {_CALL} (?:me|{_HERE}){_OVER}"
    rf"|{_ASKED}never (?:ever )?{_CALL} (?:(?:me|{_HERE}) )?(?:\w+ )?{_AGAIN}"
    rf"|{_ASKED_YOU}never (?:ever )?{_CALL} (?:me|{_HERE}){_OVER}"
    rf"|\b{_NOT} (?:want|need|like) (?:you|anybody|anyone|your \w+) (?:to {_CALL}|{_CALLING})(?: me| {_HERE})?"
    rf"(?:{_OVER}| {_AGAIN})"
    rf"|\b{_NOT} (?:want|need) (?:(?:to get|to have|any|these|those|your|more|such|phone) )+calls\b"
    rf"|\b{_NOT} want to be (?:called|contacted|phoned)(?:{_OVER}| {_AGAIN})"
    r"|\bno more calls\b|\b(?:do not|don't) call list\b|\bunsubscribe\b"
    r"|\b(?<!not want to )(?<!don't want to )opt (?:me )?out\b"
)
_NINE = re.compile(r"\bpress(?:ing)? (?:the )?(?:key |number )?(?:nine|9)\b")

ENGLISH = Wording(_HINTS, _SURE, _NO_MORE, _NINE)
