"""Which trunk in an account is a carrier's, and which was one's: other installations may share the account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sip.twilio.account import MARK, Account, LoginList, Trunk
from sip.twilio.wanted import Wanted, host_of, hosts


@dataclass(frozen=True, slots=True)
class Ownership:
    """`of` is by carrier. `left_over`: ours, and no carrier's any more. `elsewhere`: marked, and perhaps another
    installation's; never touched. `rivals`: unmarked ones that hold a carrier's domain, by carrier."""

    of: Mapping[str, Trunk]
    left_over: tuple[Trunk, ...]
    elsewhere: tuple[Trunk, ...]
    rivals: Mapping[str, Trunk]


def ownership(account: Account, wanted: Sequence[Wanted]) -> Ownership:
    """A domain is unique in all of Twilio: a marked trunk with a carrier's domain is its own, whatever its name. One
    with another domain is ours only if it sends calls to an address of ours."""
    here = frozenset().union(*map(hosts, wanted))
    free = [trunk for trunk in account.trunks if trunk.marked]
    of: dict[str, Trunk] = {}

    def leads_here(trunk: Trunk) -> bool:
        return any(host_of(origin.url) in here for origin in account.origins.get(trunk.sid, ()) if origin.marked)

    def same(each: Wanted, trunk: Trunk) -> bool:
        return trunk.name == each.name and trunk.domain == each.domain

    def renamed(each: Wanted, trunk: Trunk) -> bool:
        return bool(each.domain) and trunk.domain == each.domain

    def moved(each: Wanted, trunk: Trunk) -> bool:
        return trunk.name == each.name and leads_here(trunk)

    for fits in (same, renamed, moved):
        for each in wanted:
            found = next((trunk for trunk in free if each.carrier not in of and fits(each, trunk)), None)
            if found:
                of[each.carrier] = found
                free.remove(found)
    rivals = {
        each.carrier: trunk
        for each in wanted
        for trunk in account.trunks
        if each.domain and trunk.domain == each.domain and not trunk.marked
    }
    left_over = tuple(trunk for trunk in free if leads_here(trunk))
    return Ownership(of, left_over, tuple(trunk for trunk in free if trunk not in left_over), rivals)


def login_list(account: Account, each: Wanted, trunk: Trunk | None) -> LoginList | None:
    """Our credential list on the trunk, or one that a broken-off run left without a trunk."""
    if trunk:
        on_trunk = lists_on(account, trunk)
        if on_trunk:
            return on_trunk[0]
    used = {sid for sids in account.lists_of.values() for sid in sids}
    free = (found for found in account.lists if found.sid not in used)
    return next((found for found in free if found.name.startswith(f"{MARK}{each.carrier} ")), None)


def lists_on(account: Account, trunk: Trunk) -> list[LoginList]:
    """Those of the trunk's credential lists that are ours."""
    sids = account.lists_of.get(trunk.sid, ())
    return [found for found in account.lists if found.sid in sids and found.marked]
