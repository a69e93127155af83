"""`python -m infra.cerebrium.deploy [--dry-run]`: the agent worker to Cerebrium, from the repository's root.

In this order, ending at the first thing that is wrong: cerebrium.toml is linted, the command line `cerebrium` is there,
every required secret of secrets.txt exists there (names only: no value is asked for, printed or passed), then
`cerebrium deploy`. With --dry-run the file is linted and the commands are printed; nothing is run. Exit code 1: wrong.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infra.cerebrium.lint import CONFIG, ROOT, mistakes

SECRETS = ROOT / "infra/cerebrium/secrets.txt"
_LIST_S = 60.0
_DEPLOY_S = 3600.0  # an image with every requirement is built on the way

Run = Callable[[Sequence[str], float], "Done"]
Find = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, and what it printed."""

    code: int
    output: str


@dataclass(frozen=True, slots=True)
class Secret:
    name: str
    required: bool
    what: str


class CannotDeployError(Exception):
    """The message says what is wrong and what to do."""


def secrets(text: str) -> list[Secret]:
    """secrets.txt, read."""
    rows = [line.split(None, 2) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [Secret(row[0], row[1] == "required", row[2] if len(row) > 2 else "") for row in rows]


def commands(app: str) -> dict[str, list[str]]:
    """What is run, in order. `cerebrium secrets list` prints names only unless it is asked for values."""
    return {
        "project": ["cerebrium", "secrets", "list"],
        "app": ["cerebrium", "secrets", "list", "--app", app],
        "deploy": ["cerebrium", "deploy", "--config-file", str(CONFIG.relative_to(ROOT)), "--disable-confirmation"],
    }


def deploy(*, dry_run: bool, run: Run, find: Find, say: Callable[[str], None]) -> None:
    """Raises CannotDeployError."""
    text = CONFIG.read_text(encoding="utf-8")
    if found := mistakes(text):
        raise CannotDeployError("\n".join(["cerebrium.toml has mistakes:", *found]))
    app = tomllib.loads(text)["cerebrium"]["deployment"]["name"]
    wanted = secrets(SECRETS.read_text(encoding="utf-8"))
    steps = commands(app)
    if dry_run:
        say("cerebrium.toml: no mistakes")
        say("would look for the program cerebrium, then for these secrets by name, and end where one is missing:")
        say("  " + " ".join(secret.name for secret in wanted if secret.required))
        say("would run, from the repository's root:")
        for step in steps.values():
            say("  " + shlex.join(step))
        return
    if find("cerebrium") is None:
        raise CannotDeployError("The command line is missing: pip install cerebrium && cerebrium login")
    _check_secrets(wanted, steps, run)
    done = run(steps["deploy"], _DEPLOY_S)
    say(done.output)
    if done.code != 0:
        raise CannotDeployError(f"cerebrium deploy ended with exit code {done.code}: its last lines say why.")


def _check_secrets(wanted: Sequence[Secret], steps: dict[str, list[str]], run: Run) -> None:
    project = run(steps["project"], _LIST_S)
    if project.code != 0:
        raise CannotDeployError("The list of secrets could not be had: cerebrium login, then run this again.")
    # An app that was never deployed has no list of its own.
    there = _names(project.output) | _names(run(steps["app"], _LIST_S).output)
    if missing := [secret for secret in wanted if secret.required and secret.name not in there]:
        needs = "\n".join(f"  {secret.name}  {secret.what}".rstrip() for secret in missing)
        raise CannotDeployError(
            f"Secrets are missing at Cerebrium:\n{needs}\n"
            "Add each on the dashboard, or: cerebrium secrets add NAME=value"
        )


def _names(printed: str) -> set[str]:
    """The first word of each line; anything behind it, a value if there were one, is dropped here."""
    return {words[0] for line in printed.splitlines() if (words := line.split())}


def _run(command: Sequence[str], within_s: float) -> Done:
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands, no shell
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=within_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotDeployError(f"{shlex.join(command)} was not done after {within_s:.0f} s.") from None
    return Done(done.returncode, done.stdout)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.cerebrium.deploy", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="lint, and print what would be run; run nothing")
    dry_run = parser.parse_args(arguments).dry_run
    try:
        deploy(dry_run=dry_run, run=_run, find=shutil.which, say=_say)
    except CannotDeployError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
