"""`import_all.py ROOT MODULE...` imports each module with sockets, writes and processes refused; code 1 says who tried.

Run as a program of its own: an audit hook cannot be taken away again.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from typing import Any

_DEEDS = {
    "socket.connect": "connects",
    "socket.bind": "binds a socket",
    "socket.getaddrinfo": "resolves a name",
    "subprocess.Popen": "starts a process",
    "os.mkdir": "makes a folder",
    "os.remove": "removes a file",
    "os.rename": "renames a file",
}


def main(root: str, *modules: str) -> int:
    tried: list[str] = []
    sys.path[0] = root

    def refuse(event: str, args: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(args[1], str) and any(letter in args[1] for letter in "wax+")
        asks = event == "socket.bind" and args[1][1] == 0  # of libraries: "does this machine speak IPv6?"
        if (deed := "writes a file" if writes else _DEEDS.get(event)) and not asks and args[0] != "/dev/null":
            tried.append(f"{deed} ({event} {args[0]!r})")
            raise PermissionError(f"at import: {event}")

    sys.addaudithook(refuse)
    failed = []
    for module in modules:
        tried.clear()
        try:
            importlib.import_module(module)
        except BaseException:  # noqa: BLE001 - whatever a module raises, the others are still to be tried
            failed.append(f"{module}: cannot be imported\n{traceback.format_exc(limit=-6)}")
        failed += [f"{module}: {deed} when imported" for deed in tried]
    sys.stdout.write("\n".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
