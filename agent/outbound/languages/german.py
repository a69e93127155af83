"""German."""

from __future__ import annotations

import re

from agent.outbound.wording import Hint, Wording

_ANSWERS = r"(?:null|eins|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun|\d|stern|raute|sterntaste|rautetaste)"
_TONE = r"(?:signal|ton|piep|pieps|signalton|piepton|pfeifton|tonsignal|tonzeichen)"
_MAILBOX = r"(?:mailbox|mobilbox|sprachbox|anrufbeantworter)"
_GONE = r"(?:erreichbar|zu erreichen|verfügbar|im haus|im büro|zu hause|zuhause|am platz|da\b)"
# In this order: "drücken Sie die Eins, oder sprechen Sie nach dem Ton" is a machine.
_HINTS = (
    (
        Hint.NO_MAILBOX,
        re.compile(
            rf"{_MAILBOX} (?:\w+ ){{0,3}}(?:ist|war) (?:\w+ )?(?:voll|nicht (?:eingerichtet|aktiviert))"
            r"|kein anschluss unter|nummer ist (?:\w+ )?(?:nicht (?:vergeben|bekannt|geschaltet)|unbekannt)"
            r"|keine (?:weiteren )?nachrichten (?:mehr )?(?:aufgenommen|hinterlassen|aufgezeichnet)"
        ),
    ),
    # What machines say of themselves. Screening believes it before the sentence is over.
    (
        Hint.MACHINE,
        re.compile(
            rf"(?:nach|auf|bis) (?:dem|den|diesem|zum) (?:\w+ )?{_TONE}\b|\bbeim (?:\w+ )?{_TONE}\b"
            rf"|\b(?:ich bin|bin ich|wir sind|sind wir) (?:\w+ ){{0,5}}nicht (?:\w+ )?{_GONE}"
            r"|\b(?:ich kann|kann ich|wir können|können wir) (?:\w+ ){0,6}nicht (?:\w+ ){0,2}"
            r"(?:entgegennehmen|annehmen|ans telefon)"
            rf"|(?:gesprächspartner|teilnehmer|teilnehmerin|anschluss|rufnummer) (?:\w+ ){{0,4}}nicht (?:\w+ )?{_GONE}"
            r"|\b(?:ich rufe|rufe ich|wir rufen|rufen wir) (?:\w+ ){0,6}zurück"
            r"|\b(?:ich melde mich|wir melden uns) (?:\w+ ){0,5}(?:zurück|bei ihnen)"
        ),
    ),
    # A secretary, who says nearly the same of somebody else, and asks.
    (
        Hint.RECEPTION,
        re.compile(
            r"\b(?:kann|darf|soll|könnte) ich (?:\w+ ){0,5}(?:ausrichten|helfen|weiterhelfen|verbinden|durchstellen)\b"
            r"|\b(?:möchten|wollen) sie (?:\w+ ){0,5}(?:hinterlassen|warten|sprechen|zurückgerufen)\b"
            r"|\bwer (?:ist (?:da|dran|am apparat)|spricht|sind sie)\b|\bmit wem spreche ich\b|\bwen darf ich\b"
        ),
    ),
    (
        Hint.MACHINE,
        re.compile(
            r"hinterlassen sie|(?:nachricht|mitteilung) (?:\w+ ){0,3}(?:hinterlassen|aufsprechen)"
            rf"|sprechen sie (?:\w+ ){{0,5}}(?:nachricht|mitteilung|jetzt)\b|{_MAILBOX}"
        ),
    ),
    (
        Hint.MENU,
        re.compile(
            rf"\b(?:drücken|wählen|sagen|tippen) sie (?:\w+ ){{0,3}}{_ANSWERS}\b|\b(?:taste|ziffer) {_ANSWERS}\b"
            r"|\bgeben sie (?:\w+ )?(?:ihre|die)\b|folgenden (?:optionen|möglichkeiten)"
        ),
    ),
    (
        Hint.RECEPTION,
        re.compile(
            r"was kann ich für sie tun|was können wir für sie tun|wie (?:kann|darf) ich (?:\w+ ){0,2}(?:weiter)?helfen"
            r"|\bam apparat\b|\bworum geht es\b|\bihr name\b"
        ),
    ),
    (
        Hint.LIKELY_MACHINE,
        re.compile(
            r"\bsie haben (?:\w+ ){0,6}(?:erreicht|angerufen|gewählt)\b|\bsie sind verbunden mit\b"
            r"|\b(?:vielen )?dank für ihren anruf\b|öffnungszeiten|sprechzeiten|geschäftszeiten"
            rf"|\bnicht (?:\w+ )?{_GONE}|\bversuchen sie es (?:\w+ ){{0,3}}(?:später|wieder|erneut|noch einmal)"
        ),
    ),
)
_SURE = re.compile(
    rf"nach dem (?:\w+ )?{_TONE}\b|hinterlassen sie (?:\w+ ){{0,2}}(?:eine|ihre) nachricht"
    rf"|{_MAILBOX} (?:\w+ ){{0,3}}(?:ist|war) voll"
)
_OVER = r"(?=\s*(?:$|[.!?;]|bitte\b|danke\b|jetzt\b|okay?\b|tschüss\b|wiederhören\b|auf wiederhören\b))"
# Where what follows is asked of us: "rufen sie" may be they, of whom one only tells, or the beginning of a question.
_BEGINS = r"(?:^|[.!?;:] |\b(?:bitte|und|nein|also|dann|aber|jetzt|ja|hallo|danke|gut|okay|ok|gesagt|ihnen) )"
_ME = r"(?:mich|uns|hier|bei mir|bei uns|diese nummer|unter dieser nummer|auf dieser nummer)"
_NUMBER = r"(?:meine|unsere|diese) (?:nummer|telefonnummer|rufnummer|handynummer|daten)"
_NO = r"(?:nicht mehr|nie mehr|nie wieder|niemals wieder|niemals|nicht wieder|nicht noch ?mal|nicht nochmals)"
_FILL = r"(?:(?!nicht\b)\w+ )"
_I_WANT = (
    r"\b(?:(?:ich|wir) (?:möchte|möchten|will|wollen|wünsche|wünschen)|(?:möchte|möchten|will|wollen) (?:ich|wir))"
)
_NO_MORE = re.compile(
    rf"\b(?:streichen|nehmen|löschen|entfernen|tragen) sie {_FILL}{{0,2}}?(?:mich|uns|{_NUMBER}) {_FILL}{{0,2}}?"
    r"(?:von|aus) (?:ihrer|ihren|ihrem|der|dieser|allen|den|dem) (?:\w+ )?"
    r"(?:(?:anruf|telefon|kontakt|werbe)?listen?|datenbank|kartei|verteiler|system)\b"
    rf"|\b(?:streichen|löschen|entfernen) sie {_FILL}{{0,2}}?{_NUMBER}{_OVER}"
    rf"|{_BEGINS}rufen sie {_FILL}{{0,2}}?{_ME} {_FILL}{{0,2}}?{_NO} (?:\w+ ){{0,2}}?an\b"
    rf"|{_BEGINS}rufen sie (?:bitte )?{_NO} (?:{_ME} )?an\b"
    rf"|{_BEGINS}(?:{_ME} )?(?:nie wieder|nicht mehr|nie mehr|nicht wieder) (?:{_ME} )?anrufen{_OVER}"
    rf"|\bsie (?:sollen|dürfen) {_FILL}{{0,3}}?{_NO} (?:{_ME} )?anrufen\b"
    rf"|\bhören sie {_FILL}{{0,3}}?auf {_FILL}{{0,4}}?(?:anzurufen|zu belästigen)\b"
    rf"|{_I_WANT} (?:\w+ ){{0,2}}?keine (?:\w+ ){{0,2}}?(?:werbe)?anrufe\b"
    rf"|{_I_WANT} (?:von ihnen |auch )?(?:nicht mehr|nie wieder|nie mehr|nicht länger) (?:\w+ ){{0,3}}?"
    r"(?:angerufen|kontaktiert|belästigt) werden\b"
    rf"|{_I_WANT} (?:von ihnen |auch )?nicht (?:von ihnen )?(?:angerufen|kontaktiert) werden{_OVER}"
    rf"|{_I_WANT} nicht (?:mehr )?dass sie (?:(?:{_ME}|wieder|noch ?mal|noch einmal|weiter|mehr|noch) )+anrufen\b"
    r"|\bkeine (?:weiteren )?(?:werbe)?anrufe mehr\b|\blassen sie (?:mich|uns) (?:\w+ )?in ruhe\b"
    r"|\bwiderspreche (?:\w+ ){0,5}(?:anrufen?|telefonwerbung|werbeanrufen?)\b"
    r"|\bwiderrufe (?:\w+ ){0,3}einwilligung\b|\brobinsonliste\b"
)
_NINE = re.compile(
    r"\b(?:drücken|wählen|tippen) sie (?:\w+ ){0,3}(?:neun|9)\b|\b(?:taste|ziffer) (?:neun|9)\b"
    r"|\bdie (?:neun|9) (?:drücken|wählen)\b"
)

GERMAN = Wording(_HINTS, _SURE, _NO_MORE, _NINE)
