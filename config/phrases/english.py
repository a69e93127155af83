"""English."""

from __future__ import annotations

from calls.policy import Policy
from config.phrases.phrases import Phrases

_ONE_MOMENT = "One moment, please."
_FAREWELL = "I'm sorry, something is broken on our side. Please call again in a few minutes. Goodbye."

ENGLISH = Phrases(
    policy=Policy(),
    failures={
        "stt_deaf": "I'm sorry, I can't hear you at the moment. Please give me a few seconds and say it again.",
        "llm_slow": _ONE_MOMENT,
        "llm_down": "I'm sorry, I didn't get that, something went wrong on my side. Could you say it again?",
        "tts_down": "I'm sorry, I'm having trouble speaking right now. Please stay on the line.",
        "worker_died": "I'm sorry, I lost you for a moment.",
        "broken": _FAREWELL,
        "farewell": _FAREWELL,
    },
    one_moment=_ONE_MOMENT,
    stopped="Alright, the recording has been stopped.",
    still_on="I'm sorry, I could not stop the recording. If you do not want to be recorded, please hang up.",
    must_be="I'm sorry, calls on this line have to be recorded. If you do not want that, please hang up.",
    recorded="This call is being recorded.",
    handed_on="I'm sorry, this call can't be recorded at the moment, so I will put you through to {says}.",
    card="Please type the card number on your telephone now, and then the hash key. To leave it, press star.",
    card_again="That number was not right. Please type it once more, and then the hash key.",
    introduced="Hello, this is the assistant of {practice}. I have a caller for you. {summary}",
    take_it="Press {accept} to take the call, or {decline} if you cannot.",
    refused="I'm sorry, I cannot put you through to {says} at the moment. Would you like to leave a message instead?",
    not_reached="I'm sorry, I could not reach {says}. Would you like to leave a message instead?",
    busy="I'm sorry, {says} is on another call. Would you like to leave a message instead?",
    was_saying="I was saying: ",
    say_again="Please say that again.",
    too_often="I'm sorry, there have been too many calls from your number. Please try again later. Goodbye.",
    no_more_calls="I have noted that you want no more calls. I'm sorry for the trouble. Goodbye.",
    anybody_there="Is somebody there?",
)
