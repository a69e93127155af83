"""livekit-api repeats a request at another region where a LiveKit Cloud server does not answer: one more dial of a
person's telephone, one more recording, one more trunk. The house's clients repeat nothing of themselves."""

from __future__ import annotations

import ast

from tests.support.house import PRODUCT, ROOT, sources, tree


def _repeats_nothing(node: ast.Call) -> bool:
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    failover = given.get("failover")
    return isinstance(failover, ast.Constant) and failover.value is False


def _clients() -> dict[str, ast.Call]:
    """By the place of each."""
    found = {}
    for path in sources(*PRODUCT):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "LiveKitAPI":
                found[f"{path.relative_to(ROOT)}:{node.lineno}"] = node
    return found


def test_no_client_of_the_house_repeats_what_may_have_happened() -> None:
    """`failover=False` at each LiveKitAPI: the default is True."""
    clients = _clients()
    assert len(clients) > 4
    assert [place for place, client in clients.items() if not _repeats_nothing(client)] == []


def test_nobody_dials_with_the_jobs_own_client() -> None:
    """JobContext.api has the default. To delete a room twice does no harm."""
    users = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sources("agent")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "ctx.api" in line and "room.delete_room(" not in line
    ]
    assert users == []
