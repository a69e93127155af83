"""Cerebrium passes over a misspelt key, puts one that is left out back to its default, and would serve a worker with
open ports and interruptible capacity. Each of those is a sentence here before it is a deploy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.tools.registry import KNOWN
from config.load import load
from infra.cerebrium import lint
from infra.cerebrium.dockerfile import Dockerfile
from infra.cerebrium.keys import MUST_BE_WRITTEN
from tests.support.house import ROOT

SHIPPED = lint.CONFIG.read_text(encoding="utf-8")


def changed(old: str, new: str) -> list[str]:
    assert old in SHIPPED, old
    return lint.mistakes(SHIPPED.replace(old, new, 1))


def only(found: list[str]) -> str:
    assert len(found) == 1, found
    return found[0]


def test_what_ships_has_no_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m infra.cerebrium.lint` is silent about the file in the repository."""
    assert lint.main([]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("max_replicas = 4", "max_replica = 4", "max_replica is no key"),
        ("max_replicas = 4", "max_replica = 4", 'Did you mean "max_replicas"?'),
        ("[cerebrium.scaling]", "[cerebrium.scalling]", 'Did you mean "scaling"?'),
        ("[cerebrium.hardware]", '[cerebrium.hardware]\ncompute_tier = "protected"', "belongs in [cerebrium.scaling]"),
        ("[cerebrium.hardware]", "[hardware]", "Cerebrium reads [cerebrium.<section>] only"),
        ("[cerebrium.hardware]", '[cerebrium]\nregion = "us-east-1"\n[cerebrium.hardware]', "stands in no section"),
        ("cooldown = 600", 'cooldown = "600"', "must be a whole number"),
        ("cooldown = 600", "cooldown = true", "must be a whole number"),
        ("cooldown = 600", "cooldown = 4000", "4000 is above 3600"),
        ("cpu = 8.0", "cpu = nan", "must be a number"),
        ("cpu = 8.0", "cpu = 7.0", "must be one of"),
        ("memory = 16.0", "memory = 300", "at most 160"),
        ('compute = "CPU"', 'compute = "HOPPER_H1000"', 'Did you mean "HOPPER_H100"?'),
        ('compute = "CPU"', 'compute = ["CPU", "ADA_L4"]', "never together with CPU"),
        ('compute = "CPU"', 'compute = ["ADA_L4", "HOPPER_H100"]\ngpu_count = 8', "must be 1 to 4"),
        ('compute = "CPU"', 'compute = "CPU"\ngpu_count = 1', "gpu_count must be left out"),
        ('region = "us-east-1"', 'region = "us-east1"', 'Did you mean "us-east-1"?'),
        ("disable_auth = false", "disable_auth = true", "disable_auth must be false"),
        ('compute_tier = "protected"', 'compute_tier = "interruptible"', 'compute_tier must be "protected"'),
        ("min_replicas = 1", "min_replicas = 0", "never hears of a call"),
        ("max_replicas = 4", "max_replicas = 1\nscaling_buffer = 1", "refused together with cpu_utilization"),
        ("min_replicas = 1", "min_replicas = 5", "max_replicas 4 is below min_replicas 5"),
        ("cpu_utilization", "concurrency_utilization", "fetches its calls itself"),
        ("scaling_target = 50", "scaling_target = 100", "write at most 80"),
        ("cooldown = 600", "cooldown = 600\nreplica_concurrency = 9", "there are none"),
        ("response_grace_period = 1980", "response_grace_period = 1959", "must be at least 1960"),
        ("port = 8081", "port = 8080", "AGENT_HTTP_PORT 8081"),
        ('"agent/**", ', "", "copies agent/, which include"),
        ('include = ["req', 'include = ["./*", "req', "uploads var/"),
        ("./infra/cerebrium/Dockerfile", "./Dockerfile", "there is no such file"),
    ],
)
def test_each_mistake_has_its_sentence(old: str, new: str, sentence: str) -> None:
    """What Cerebrium would do in silence is said, with the key and what to write."""
    assert any(sentence in found for found in changed(old, new)), changed(old, new)


@pytest.mark.parametrize(("section", "key"), [(s, k) for s, keys in MUST_BE_WRITTEN.items() for k in keys])
def test_a_key_that_is_left_out_is_missed(section: str, key: str) -> None:
    """A deploy puts it back to a default that is wrong for us: public, interruptible, one replica, none at night."""
    without = re.sub(rf"(?m)^{key} = .*\n", "", SHIPPED, count=1)
    assert without != SHIPPED
    assert f"[cerebrium.{section}] {key} is not written: every deploy sets it to Cerebrium's default." in lint.mistakes(
        without
    )


@pytest.mark.parametrize(
    "value",
    [
        "export LIVEKIT_API_SECRET=abcd",
        "sk_agent_0123456789abcdef",
        "sk-proj-0123456789abcdef",
        "-----BEGIN PRIVATE KEY-----",
        "rediss://default:hunter2@10.0.0.3:6379",
        "STATE_SIGNING_KEY: c2VjcmV0",
    ],
)
def test_a_secret_in_the_file_is_found_and_not_shown(value: str) -> None:
    """The file is in git and uploaded verbatim; the sentence about it is in a log."""
    sentence = only(changed('name = "switchboard-agent"', f'name = "switchboard-agent"\nshell_commands = ["{value}"]'))
    assert "shell_commands looks like a secret" in sentence
    assert value not in sentence


def test_the_dockerfile_may_not_carry_one_either(tmp_path: Path) -> None:
    """What stands in ENV or ARG is in the image, for everybody who may pull it."""
    folder = tmp_path / "infra/cerebrium"
    folder.mkdir(parents=True)
    text = (ROOT / "infra/cerebrium/Dockerfile").read_text()
    (folder / "Dockerfile").write_text(text + "ARG LLM_API_KEY\n")
    assert "ENV or ARG LLM_API_KEY would stand in the image" in only(lint.mistakes(SHIPPED, tmp_path))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("AGENT_DRAIN_S=1900 ", "", "set AGENT_DRAIN_S"),
        ("AGENT_DRAIN_S=1900", "AGENT_DRAIN_S=3600", "must be at least 3660"),
        ('CMD ["python", "agent/main.py", "start"]', "CMD python agent/main.py start", "write CMD as a list"),
        ("EXPOSE 8081", "EXPOSE 8080", "has EXPOSE 8080"),
    ],
)
def test_the_dockerfile_and_the_file_agree(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """SIGTERM must reach the worker, and SIGKILL must not come before its drain is over."""
    folder = tmp_path / "infra/cerebrium"
    folder.mkdir(parents=True)
    text = (ROOT / "infra/cerebrium/Dockerfile").read_text()
    assert old in text
    (folder / "Dockerfile").write_text(text.replace(old, new))
    assert sentence in only(lint.mistakes(SHIPPED, tmp_path))


def test_the_drain_is_longer_than_the_longest_call() -> None:
    """A worker that is told to end lets its calls end by themselves: the longest that config/ allows."""
    drain_s = float(Dockerfile.read(ROOT / "infra/cerebrium/Dockerfile").settings["AGENT_DRAIN_S"])
    center = load(ROOT / "config/callcenter.yaml", known_tools=KNOWN)
    assert drain_s > max(line.policy.length.max_duration_s for line in center.lines.values())


def test_it_is_the_agents_image() -> None:
    """A folder that the worker comes to need is copied in both Dockerfiles, or its import fails on Cerebrium only."""
    here, agents = (Dockerfile.read(ROOT / path) for path in ("infra/cerebrium/Dockerfile", "agent/Dockerfile"))
    assert here.copied == agents.copied


@pytest.mark.parametrize("text", ["[cerebrium", "\udcff"])
def test_what_is_no_toml_is_said(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, with the place."""
    path = tmp_path / "cerebrium.toml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    assert lint.main([str(path)]) == 2
    assert str(path) in capsys.readouterr().err
    assert lint.main([str(tmp_path / "none.toml")]) == 2
