"""German, as it is spoken to somebody whom one calls Sie."""

from __future__ import annotations

from calls.policy import Disclosure, LengthPolicy, Policy, RecordingPolicy, SilencePolicy, TurnPolicy
from config.phrases.phrases import Phrases

_POLICY = Policy(
    silence=SilencePolicy(
        words=("Sind Sie noch da?", "Ich kann Sie nicht hören. Wenn Sie mich hören, sagen Sie bitte etwas."),
        farewell="Ich kann leider nichts hören und beende jetzt das Gespräch. Rufen Sie gerne wieder an. "
        "Auf Wiederhören.",
    ),
    length=LengthPolicy(
        warning="Nur zur Information: Für dieses Gespräch haben wir noch etwa eine Minute.",
        farewell="Es tut mir leid, die Zeit für dieses Gespräch ist um. Rufen Sie gerne wieder an. Auf Wiederhören.",
    ),
    turn=TurnPolicy(
        words="Entschuldigung, dass ich Sie unterbreche. Ich möchte kurz sichergehen, dass ich Sie bis hierhin "
        "richtig verstanden habe.",
    ),
    disclosure=Disclosure(words="Guten Tag, Sie sprechen mit einem KI-Assistenten."),
    recording=RecordingPolicy(
        notice="Dieses Gespräch wird aufgezeichnet.",
        question="Darf ich dieses Gespräch aufzeichnen?",
        declined="In Ordnung, dieses Gespräch wird nicht aufgezeichnet.",
        unavailable="Es tut mir leid, dieses Gespräch kann im Moment nicht aufgezeichnet werden, und deshalb kann ich "
        "es nicht annehmen. Bitte rufen Sie später wieder an.",
    ),
)

_ONE_MOMENT = "Einen Moment, bitte."
_FAREWELL = (
    "Es tut mir leid, bei uns gibt es gerade eine technische Störung. Bitte rufen Sie in ein paar Minuten wieder an. "
    "Auf Wiederhören."
)

GERMAN = Phrases(
    policy=_POLICY,
    failures={
        "stt_deaf": "Es tut mir leid, ich kann Sie gerade nicht hören. Bitte warten Sie ein paar Sekunden und sagen "
        "Sie es dann noch einmal.",
        "llm_slow": _ONE_MOMENT,
        "llm_down": "Es tut mir leid, da ist bei mir etwas schiefgegangen. Könnten Sie das bitte noch einmal sagen?",
        "tts_down": "Es tut mir leid, ich habe gerade Schwierigkeiten beim Sprechen. Bitte bleiben Sie am Apparat.",
        "worker_died": "Entschuldigen Sie bitte, ich war kurz weg.",
        "broken": _FAREWELL,
        "farewell": _FAREWELL,
    },
    one_moment=_ONE_MOMENT,
    stopped="In Ordnung, die Aufzeichnung ist beendet.",
    still_on="Es tut mir leid, ich konnte die Aufzeichnung nicht beenden. Wenn Sie nicht aufgezeichnet werden "
    "möchten, legen Sie bitte auf.",
    must_be="Es tut mir leid, Gespräche auf dieser Leitung müssen aufgezeichnet werden. Wenn Sie das nicht möchten, "
    "legen Sie bitte auf.",
    recorded="Das Gespräch wird aufgezeichnet.",
    handed_on="Es tut mir leid, dieses Gespräch kann im Moment nicht aufgezeichnet werden. Ich verbinde Sie deshalb "
    "weiter, gleich meldet sich {says}.",
    card="Bitte geben Sie jetzt die Kartennummer auf Ihrem Telefon ein und drücken Sie danach die Rautetaste. Zum "
    "Abbrechen drücken Sie die Sterntaste.",
    card_again="Diese Nummer war nicht richtig. Bitte geben Sie sie noch einmal ein und drücken Sie danach die "
    "Rautetaste.",
    introduced="Guten Tag, hier ist der Assistent von {practice}. Ich habe einen Anruf für Sie. {summary}",
    take_it="Drücken Sie die {accept}, um das Gespräch anzunehmen, oder die {decline}, wenn es gerade nicht geht.",
    refused="Es tut mir leid, ich kann Sie dorthin im Moment nicht verbinden. Möchten Sie stattdessen eine Nachricht "
    "hinterlassen?",
    not_reached="Es tut mir leid, {says} ist gerade nicht zu erreichen. Möchten Sie stattdessen eine Nachricht "
    "hinterlassen?",
    busy="Es tut mir leid, {says} telefoniert gerade. Möchten Sie stattdessen eine Nachricht hinterlassen?",
    was_saying="Ich sagte gerade: ",
    say_again="Bitte sagen Sie das noch einmal.",
    too_often="Es tut mir leid, von Ihrer Nummer kamen zu viele Anrufe. Bitte versuchen Sie es später wieder. "
    "Auf Wiederhören.",
    no_more_calls="Ich habe notiert, dass Sie keine Anrufe mehr wünschen. Entschuldigen Sie die Störung. Auf "
    "Wiederhören.",
    anybody_there="Ist da jemand?",
)
