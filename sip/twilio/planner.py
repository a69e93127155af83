"""Compares what callcenter.yaml wants with what a Twilio account has. Pure: nothing is asked, nothing changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sip.plan import Action, Change, Plan
from sip.twilio.account import MARK, Account, LoginList, Number, Origin, Trunk
from sip.twilio.ownership import Ownership, lists_on, login_list, ownership
from sip.twilio.steps import (
    Attach,
    ChangeTrunk,
    Detach,
    MakeTrunk,
    PutLogin,
    PutOrigin,
    RemoveLogin,
    RemoveOrigin,
    RemoveTrunk,
    trunk_form,
)
from sip.twilio.wanted import PRIORITY, RECORDING, WEIGHT, Wanted, problems, way


def planned(name: str, account: Account, wanted: Sequence[Wanted], *, take_over: bool = False) -> Plan:
    """What makes the account's lines those of `wanted`. `take_over`: also with numbers of trunks not ours."""
    ours = ownership(account, wanted)
    work = _Work(account, wanted, ours, take_over)
    for each in wanted:
        work.refusals += problems(each)
        work.trunk(each)
        work.origins(each)
        work.login(each)
        work.numbers(each)
    for trunk in ours.left_over:
        work.remove(trunk, trunk.name.removeprefix(MARK))
    domains = [each.domain for each in wanted if each.domain]
    for domain in sorted({domain for domain in domains if domains.count(domain) > 1}):
        work.refusals.append(f"two carriers have the address {domain}: a trunk has one of its own (error 21248).")
    return Plan(name, tuple(work.changes), tuple(work.refusals), tuple(work.notes))


def undone(name: str, account: Account, wanted: Sequence[Wanted]) -> Plan:
    """What removes all that was made for `wanted`, and for carriers that are not in callcenter.yaml any more."""
    ours = ownership(account, wanted)
    work = _Work(account, (), ours, take_over=False)
    for each in wanted:
        trunk = ours.of.get(each.carrier)
        if trunk:
            work.remove(trunk, each.carrier)
        elif found := login_list(account, each, None):
            work.changes.append(_login_removal(found, each.carrier, ()))
    for trunk in ours.left_over:
        work.remove(trunk, trunk.name.removeprefix(MARK))
    return Plan(name, tuple(work.changes), (), tuple(work.notes))


class _Work:
    """The changes found so far, in the order to tell them."""

    def __init__(self, account: Account, wanted: Sequence[Wanted], ours: Ownership, take_over: bool) -> None:
        self.changes: list[Change] = []
        self.refusals: list[str] = []
        self.notes = [
            f'the trunk "{trunk.name}" is no carrier\'s and sends calls elsewhere: left alone. If it is not another'
            " installation's, delete it in Twilio's console."
            for trunk in ours.elsewhere
        ]
        self._account, self._ours, self._take_over = account, ours, take_over
        self._wanted_numbers = {number for each in wanted for number in each.numbers}
        self._mine = {trunk.sid for trunk in (*ours.of.values(), *ours.left_over)}

    def trunk(self, each: Wanted) -> None:
        rival, trunk = self._ours.rivals.get(each.carrier), self._ours.of.get(each.carrier)
        if rival:
            self.refusals.append(
                f'carrier {each.carrier}: the trunk "{rival.name}" has the address {each.domain} already, and is none'
                f' of Switchboard\'s (error 21248). Choose another address, or rename that trunk to "{each.name}" in'
                " Twilio's console to hand it over."
            )
        if trunk is None:
            media = "TLS and SRTP" if each.secure else "no encryption"
            where = each.domain or "nothing dialled out"
            self._add(Action.CREATE, "trunk", each.carrier, f"{where}, {media}, no recording", step=MakeTrunk(each))
            return
        form = {key: value for key, value in trunk_form(each).items() if _now(trunk)[key] != value}
        recorded = trunk.recording != RECORDING
        if form or recorded:
            differs = [f"{_WORDS[key]} {value}, was {_now(trunk)[key] or 'none'}" for key, value in form.items()]
            differs += [f"recording off, was {trunk.recording or 'unknown'}"] if recorded else []
            step = ChangeTrunk(trunk.sid, each, form, recorded)
            self._add(Action.UPDATE, "trunk", each.carrier, "; ".join(differs), step=step)

    def origins(self, each: Wanted) -> None:
        trunk = self._ours.of.get(each.carrier)
        there = self._account.origins.get(trunk.sid, ()) if trunk else ()
        ways = {way(url): url for url in each.urls}
        kept: dict[str, Origin] = {}
        for origin in there:
            if origin.marked and way(origin.url) in ways:
                kept.setdefault(ways[way(origin.url)], origin)
        new: list[str] = []
        for url in each.urls:
            found, name = kept.get(url), f"{each.carrier} {url}"
            if found is None:
                step = PutOrigin(each.carrier, url)
                new.append(self._add(Action.CREATE, "origination URL", name, "calls are sent there", each, step=step))
            elif (found.priority, found.weight, found.enabled) != (PRIORITY, WEIGHT, True):
                was = f"priority {found.priority}, weight {found.weight}, {'on' if found.enabled else 'off'}"
                detail = f"an equal share of the calls, was {was}"
                step = PutOrigin(each.carrier, url, found.sid)
                self._add(Action.UPDATE, "origination URL", name, detail, each, step=step)
        for origin in there:
            if not origin.marked:
                self.notes.append(f"carrier {each.carrier}: the origination URL {origin.url} is not ours: left alone.")
            elif trunk and origin not in kept.values():
                step_ = RemoveOrigin(trunk.sid, origin.sid, origin.url)
                name = f"{each.carrier} {origin.url} {origin.sid}"
                self._add(Action.DELETE, "origination URL", name, "no address of ours", step=step_, needs=new)

    def login(self, each: Wanted) -> None:
        trunk = self._ours.of.get(each.carrier)
        found = login_list(self._account, each, trunk)
        on_trunk = bool(trunk and found and found in lists_on(self._account, trunk))
        if each.login is None:
            if found:
                self.changes.append(_login_removal(found, each.carrier, (trunk.sid,) if trunk and on_trunk else ()))
            return
        if found is None:
            step = PutLogin(each.carrier, each.list_name, each.login)
            self._add(Action.CREATE, "login", each.carrier, "a credential list with its user", each, step=step)
            return
        new_user = each.login.name not in found.users
        password = found.name.rpartition(" ")[2] != each.fingerprint
        differs = {
            "its user is new": new_user,
            "its password is set, for it or the account's key is another": password and not new_user,
            "it belongs on the trunk": not on_trunk,
            "its name": found.name != each.list_name and not password,
            "users that are not in callcenter.yaml are removed": bool(set(found.users) - {each.login.name}),
        }
        if any(differs.values()):
            step = PutLogin(
                each.carrier,
                each.list_name,
                each.login,
                sid=found.sid,
                users=found.users,
                password_differs=password,
                rename=found.name != each.list_name,
                on_trunk=on_trunk,
            )
            detail = "; ".join(what for what, so in differs.items() if so)
            self._add(Action.UPDATE, "login", each.carrier, detail, each, step=step)

    def numbers(self, each: Wanted) -> None:
        trunk = self._ours.of.get(each.carrier)
        for wanted in each.numbers:
            number = self._account.numbers.get(wanted)
            if number is None:
                self.refusals.append(
                    f"{wanted} is not in the Twilio account {self._account.sid}. Buy it or port it there, or correct it"
                    " in callcenter.yaml."
                )
            elif not number.voice:
                self.refusals.append(f"{wanted} takes no voice calls at Twilio. Take another number.")
            elif trunk is None or number.trunk_sid != trunk.sid:
                self._attach(each, number)
        for number in self._account.on_trunk(trunk.sid) if trunk else ():
            if trunk and number.number not in self._wanted_numbers:
                self._detach(trunk, number, "no line has it")

    def remove(self, trunk: Trunk, name: str) -> None:
        """The trunk, after what hangs on it."""
        needs = []
        for number in self._account.on_trunk(trunk.sid):
            if number.number in self._wanted_numbers:
                needs.append(f"number {number.number}")  # another carrier's change takes it
            else:
                needs.append(self._detach(trunk, number, "taken off its trunk"))
        for found in lists_on(self._account, trunk):
            change = _login_removal(found, f"{name} {found.sid}", (trunk.sid,))
            self.changes.append(change)
            needs.append(change.key)
        detail = f"{trunk.domain or 'no domain'}, with its origination URLs"
        step = RemoveTrunk(trunk.sid, trunk.name)
        self._add(Action.DELETE, "trunk", f"{name} {trunk.sid}", detail, step=step, needs=needs)

    def _attach(self, each: Wanted, number: Number) -> None:
        holder = self._account.trunk(number.trunk_sid)
        name = holder.name if holder else number.trunk_sid
        step = Attach(each.carrier, number.sid, number.number)
        if not number.trunk_sid:
            self._add(Action.CREATE, "number", number.number, f"on the trunk of {each.carrier}", each, step=step)
        elif number.trunk_sid in self._mine or self._take_over:
            detail = f'on the trunk of {each.carrier}, was on "{name}"'
            self._add(Action.UPDATE, "number", number.number, detail, each, step=step)
        else:
            self.refusals.append(
                f'{number.number} is on the trunk "{name}", which Switchboard did not make here. To move it:'
                " python -m sip apply --take-over"
            )

    def _detach(self, trunk: Trunk, number: Number, detail: str) -> str:
        step = Detach(trunk.sid, number.sid, number.number)
        return self._add(Action.DELETE, "number", number.number, detail, step=step)

    def _add(
        self,
        action: Action,
        kind: str,
        name: str,
        detail: str,
        after: Wanted | None = None,
        *,
        step: object,
        needs: Iterable[str] = (),
    ) -> str:
        """`after`: of whom the trunk must be there. Gives the change's key."""
        trunk = (f"trunk {after.carrier}",) if after else ()
        change = Change(action, kind, name, detail, (*trunk, *needs), step)
        self.changes.append(change)
        return change.key


def _login_removal(found: LoginList, name: str, trunks: tuple[str, ...]) -> Change:
    step = RemoveLogin(found.sid, found.name, trunks)
    return Change(Action.DELETE, "login", name, "its credential list", subject=step)


_WORDS = {"FriendlyName": "named", "Secure": "secure", "TransferMode": "transfers", "DomainName": "address"}


def _now(trunk: Trunk) -> dict[str, str]:
    """What the trunk has of what `trunk_form` says."""
    return {
        "FriendlyName": trunk.name,
        "Secure": "true" if trunk.secure else "false",
        "TransferMode": trunk.transfer_mode,
        "DomainName": trunk.domain,
    }
