"""The same in German, as recognisers write it: with and without commas, large letters and umlauts in two parts."""

from __future__ import annotations

import unicodedata

import pytest

from agent.outbound.languages.german import GERMAN
from agent.outbound.languages.table import wording_of
from agent.outbound.wording import Hint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Ja, hallo?", None),
        ("Müller", None),
        ("Guten Tag, Susanne Müller hier", None),
        ("Ja, wann denn?", None),
        ("Praxis Doktor Weber, was kann ich für Sie tun?", Hint.RECEPTION),
        ("Weber am Apparat", Hint.RECEPTION),
        ("Hallo, wer ist da?", Hint.RECEPTION),
        ("Mit wem spreche ich denn?", Hint.RECEPTION),
        ("Der ist gerade nicht da, kann ich ihm etwas ausrichten?", Hint.RECEPTION),
        ("Frau Weber ist nicht im Haus. Möchten Sie eine Nachricht hinterlassen?", Hint.RECEPTION),
        ("Bitte hinterlassen Sie eine Nachricht nach dem Signalton.", Hint.MACHINE),
        ("Bitte sprechen Sie nach dem Piep", Hint.MACHINE),
        ("Wenn Sie eine Nachricht hinterlassen möchten, sprechen Sie jetzt", Hint.MACHINE),
        ("Ich bin im Moment leider nicht erreichbar", Hint.MACHINE),
        ("Wir sind zurzeit nicht da", Hint.MACHINE),
        ("Leider kann ich Ihren Anruf gerade nicht entgegennehmen", Hint.MACHINE),
        ("Der gewünschte Gesprächspartner ist zur Zeit nicht erreichbar", Hint.MACHINE),
        ("Wir rufen Sie so bald wie möglich zurück", Hint.MACHINE),
        ("Hier ist der Anrufbeantworter von Familie Weber", Hint.MACHINE),
        ("Drücken Sie die Eins, oder hinterlassen Sie eine Nachricht nach dem Ton", Hint.MACHINE),
        ("Die Mailbox von Susanne ist voll", Hint.NO_MAILBOX),
        ("Kein Anschluss unter dieser Nummer", Hint.NO_MAILBOX),
        ("Die gewählte Rufnummer ist nicht vergeben", Hint.NO_MAILBOX),
        ("Für Termine drücken Sie bitte die Eins. Für Rezepte die Zwei.", Hint.MENU),
        ("Rezepte: Taste zwei", Hint.MENU),
        ("Sie haben die Praxis Doktor Weber erreicht", Hint.LIKELY_MACHINE),
        ("Sie erreichen uns zu unseren Sprechzeiten", Hint.LIKELY_MACHINE),
        ("Meine Frau ist nicht da", Hint.LIKELY_MACHINE),
    ],
)
def test_who_says_so(text: str, says: Hint | None) -> None:
    assert GERMAN.hint(text) == says
    assert GERMAN.hint(unicodedata.normalize("NFD", text)) == says


def test_what_nobody_says_who_talks() -> None:
    assert GERMAN.surely_a_machine("Bitte hinterlassen Sie Ihre Nachricht nach dem Signalton")
    for text in ("Kann ich eine Nachricht hinterlassen?", "Ich bin am Dienstag nicht da", "nach dem Essen", ""):
        assert not GERMAN.surely_a_machine(text)


@pytest.mark.parametrize(
    "text",
    [
        "Rufen Sie mich nicht mehr an.",
        "Bitte rufen Sie hier nie wieder an!",
        "Nein, rufen Sie uns bitte nicht mehr an",
        "Ich habe Ihnen gesagt, rufen Sie mich nicht noch mal an",
        "rufen sie nie wieder an",
        "Bitte nicht mehr anrufen.",
        "Nie wieder anrufen!",
        "Streichen Sie mich von Ihrer Liste",
        "Nehmen Sie mich bitte aus Ihrer Datenbank",
        "Löschen Sie bitte meine Nummer aus der Anrufliste.",
        "Können Sie bitte löschen, also löschen Sie meine Nummer bitte",
        "Ich möchte keine Anrufe mehr",
        "Ich will von Ihnen keine weiteren Anrufe bekommen",
        "Ich möchte nicht mehr angerufen werden",
        "Wir wollen nie wieder von Ihnen angerufen werden",
        "Ich möchte nicht angerufen werden.",
        "Ich will nicht, dass Sie mich noch mal anrufen",
        "Hören Sie endlich auf, mich anzurufen",
        "Hören Sie auf hier anzurufen",
        "Sie sollen mich nicht mehr anrufen",
        "Keine Anrufe mehr bitte",
        "Lassen Sie mich bitte in Ruhe",
        "Ich widerspreche weiteren Anrufen",
        "Hiermit widerrufe ich meine Einwilligung, also ich widerrufe meine Einwilligung",
    ],
)
def test_wants_no_more_calls(text: str) -> None:
    assert GERMAN.wants_no_more_calls(text)


@pytest.mark.parametrize(
    "text",
    [
        "Rufen Sie mich bitte nicht vor neun an",
        "Rufen Sie mich morgen wieder an?",
        "Warum rufen Sie mich nicht mehr an?",
        "Seit letzter Woche rufen sie mich nicht mehr an",
        "Er ruft mich nicht mehr an",
        "Ich kann nicht mehr anrufen",
        "Ich werde hier nie wieder anrufen",
        "Streichen Sie mich von der Warteliste",
        "Streichen Sie mich nicht von Ihrer Liste",
        "Streichen Sie den Termin am Dienstag",
        "Löschen Sie meine Nummer und nehmen Sie die von meiner Frau",
        "Ich möchte heute nicht angerufen werden, sondern morgen",
        "Ich will nicht, dass Sie mich vor neun anrufen",
        "Hören Sie nicht auf, mich anzurufen",
        "Ich möchte keine Wurzelbehandlung",
        "Ich habe keine Anrufe bekommen",
        "Haben Sie meine Nummer gelöscht?",
        "Ich rufe Sie nicht mehr an",
        "",
    ],
)
def test_wants_something_else(text: str) -> None:
    """Nobody is taken off the list by accident."""
    assert not GERMAN.wants_no_more_calls(text)


def test_nine_is_offered() -> None:
    assert wording_of("de-AT") is GERMAN
    assert GERMAN.offers_nine("Wenn Sie keine Anrufe mehr wünschen, drücken Sie bitte die Neun.")
    assert GERMAN.offers_nine("Taste 9 beendet alle Anrufe.")
    assert not GERMAN.offers_nine("Wir öffnen um neun. Drücken Sie die Eins.")
