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

GERMAN = Phrases(policy=_POLICY)
