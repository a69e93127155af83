"""A deploy ends before it does harm: a mistake in the file, a command or a secret that is missing. What it prints has
names of secrets and never a value."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agent import settings as agent_settings
from infra.cerebrium import deploy
from infra.cerebrium.deploy import CannotDeployError, Done
from ops.settings import variables

WANTED = deploy.secrets(deploy.SECRETS.read_text(encoding="utf-8"))
ALL = [secret.name for secret in WANTED if secret.required]


class Cerebrium:
    """Its command line, with the secrets that it has; keeps what it was asked to run."""

    def __init__(
        self, project: Sequence[str] = (), app: Sequence[str] = (), *, login: bool = True, code: int = 0
    ) -> None:
        self.ran: list[list[str]] = []
        self._lists, self._login, self._code = {False: project, True: app}, login, code

    def __call__(self, command: Sequence[str], within_s: float) -> Done:
        assert within_s > 0
        self.ran.append(list(command))
        if command[1] == "secrets":
            names = self._lists["--app" in command]
            return Done(0, "NAME  VALUE\n" + "\n".join(f"{n}  hunter2" for n in names)) if self._login else Done(1, "")
        return Done(self._code, "deployed")


def deployed(cerebrium: Cerebrium, *, dry_run: bool = False, there: bool = True) -> str:
    said: list[str] = []
    deploy.deploy(dry_run=dry_run, run=cerebrium, find=lambda name: f"/bin/{name}" if there else None, say=said.append)
    return "\n".join(said)


def test_a_dry_run_runs_nothing_and_says_all(capsys: pytest.CaptureFixture[str]) -> None:
    """It works without the command line and without a login, and shows each command as it would be typed."""
    cerebrium = Cerebrium()
    said = deployed(cerebrium, dry_run=True, there=False)
    assert cerebrium.ran == []
    assert "cerebrium deploy --config-file infra/cerebrium/cerebrium.toml --disable-confirmation" in said
    assert all(name in said for name in ALL)
    assert deploy.main(["--dry-run"]) == 0
    assert said in capsys.readouterr().out


def test_with_every_secret_it_deploys() -> None:
    """Secrets may belong to the project or to the app alone."""
    cerebrium = Cerebrium(project=ALL[:3], app=ALL[3:])
    assert deployed(cerebrium) == "deployed"
    assert cerebrium.ran[-1][:2] == ["cerebrium", "deploy"]


def test_a_missing_secret_ends_it_before_the_deploy() -> None:
    """A worker without its key would start, fail and be restarted for ever. No value is repeated."""
    cerebrium = Cerebrium(project=[name for name in ALL if name != "STATE_SIGNING_KEY"])
    with pytest.raises(CannotDeployError, match="STATE_SIGNING_KEY  signs each request") as caught:
        deployed(cerebrium)
    assert "STATE_API_KEY" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert [command[1] for command in cerebrium.ran] == ["secrets", "secrets"]


def test_without_the_command_line_or_a_login_it_says_what_to_do() -> None:
    """The two things that somebody new lacks."""
    with pytest.raises(CannotDeployError, match="pip install cerebrium"):
        deployed(Cerebrium(), there=False)
    with pytest.raises(CannotDeployError, match="cerebrium login"):
        deployed(Cerebrium(login=False))
    with pytest.raises(CannotDeployError, match="exit code 3"):
        deployed(Cerebrium(project=ALL, code=3))


def test_the_names_are_the_agents_own() -> None:
    """A name that the agent does not read would be set in vain."""
    known = {name for model in agent_settings.MODELS.values() for name in variables(model)}
    assert {secret.name for secret in WANTED} <= known
