"""The few facts of a Dockerfile that cerebrium.toml has to agree with."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

_SECRET_NAME = re.compile(r"(SECRET|TOKEN|PASSWORD|API_KEY|SIGNING_KEY|CREDENTIAL)")


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """`settings`: ENV and ARG. `copied`: sources of COPY. `exposed`: the one port, or all with spaces between."""

    settings: dict[str, str]
    copied: tuple[str, ...]
    exposed: str
    command_is_a_list: bool

    @classmethod
    def read(cls, path: Path) -> Dockerfile:
        """Raises OSError. Lines joined by a backslash are one; only the forms NAME=value of ENV and ARG are known."""
        settings: dict[str, str] = {}
        copied: list[str] = []
        exposed, command = "", ""
        for line in re.sub(r"\\\n", " ", path.read_text(encoding="utf-8")).splitlines():
            word, _, rest = line.strip().partition(" ")
            match word.upper():
                case "ENV" | "ARG":
                    for setting in rest.split():
                        name, _, value = setting.partition("=")
                        settings[name] = value
                case "COPY":
                    copied += [source for source in rest.split()[:-1] if not source.startswith("--")]
                case "EXPOSE":
                    exposed = rest.strip()
                case "CMD" | "ENTRYPOINT":
                    command = rest.strip()
        return cls(settings, tuple(copied), exposed, _is_a_list(command))

    def secrets(self) -> list[str]:
        """Names among `settings` that are names of secrets."""
        return [name for name in self.settings if _SECRET_NAME.search(name.upper())]


def _is_a_list(command: str) -> bool:
    try:
        return isinstance(json.loads(command), list)
    except ValueError:
        return False
