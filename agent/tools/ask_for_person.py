"""The caller wants a person: put through to one on the line's list, or an honest no; the wish is kept in the record."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from agent.phone.people import Asked
from agent.tools.anatomy import Arg, Refusal, Tool
from agent.tools.desk import Desk

NOBODY = (
    "Nobody can be put through from this line at the moment. Say so honestly, and offer to take a message so that "
    "someone at the practice can call back."
)
UNDER_WAY = "They are being put through already. Say nothing more than that it takes a moment."


async def ask_for_person(
    desk: Desk,
    reason: Annotated[str, Arg("What the caller wants a person for, in a few words: they are told.", limit=200)] = "",
    person: Annotated[str, Arg("Whom, where the caller has said: a name from your list of people.", limit=63)] = "",
) -> str:
    """Ask for a person to take over. Use this when the caller asks for a human being, or when you cannot help."""
    desk.note(person_wanted=reason or "not said")
    people = desk.people
    if not people:
        return NOBODY
    name = name_in(person, people)
    if name not in people:
        # Never a number: whom a caller may be put through to is the configuration's to say.
        raise Refusal(f"Ask the caller whom they want. There are: {', '.join(people)}. Nobody else can be reached.")
    asked = desk.put_through(name, reason)
    if asked is Asked.TOO_OFTEN:
        return NOBODY
    if asked is Asked.UNDER_WAY:
        return UNDER_WAY
    return f"Tell the caller in one short sentence that you are putting them through to {people[name]}. Nothing else."


def name_in(person: str, people: Collection[str]) -> str:
    """The name that was meant, maybe none of theirs: models write "Front Desk", and nothing where there is but one."""
    name = person.strip().lower().replace(" ", "-")
    return next(iter(people)) if not name and len(people) == 1 else name


TOOL = Tool(ask_for_person)
