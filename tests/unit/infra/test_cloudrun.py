"""Deploying the gateway: what is wrong is said before anything is made, a dry run touches nothing, the account gets the
least it can work with, and what Cloud Run is given fits the gateway's own settings and routes."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.settings import Settings, variables
from state_gateway import settings as gateway_settings
from state_gateway.storage.settings import StorageSettings
from tests.support.house import ROOT

FOLDER = ROOT / "infra/cloudrun/gateway"
GOOD = {
    "PROJECT": "my-project",
    "REGION": "europe-west1",
    "DOMAIN": "state.example.com",
    "BUCKET": "my-bucket",
    "CONNECTOR": "switchboard",
    "IMAGE": "images.example.com/switchboard/state-gateway:1a2b3c",
}
SERVICE = yaml.safe_load((FOLDER / "service.yaml").read_text())
CONTAINER = SERVICE["spec"]["template"]["spec"]["containers"][0]


class Machine:
    """A PATH with the few tools that the script uses and, where asked for, gcloud and curl that write down what they
    are asked. `there`: everything has been made before."""

    def __init__(self, folder: Path) -> None:
        self.tools, self.log = folder / "tools", folder / "asked"
        self.tools.mkdir()
        for name in ("bash", "mktemp", "rm", "cat"):
            found = shutil.which(name)
            assert found
            (self.tools / name).symlink_to(found)

    def with_cloud(self, *, there: bool, answers: str = "401 404") -> Machine:
        asked = ("secrets", "connectors", "buckets", "value(address)")  # what has to be there before
        describe = "printf 203.0.113.7" if there else " || ".join(f'[[ "$*" == *"{each}"* ]]' for each in asked)
        if not there:
            describe = f"{{ {describe}; }} && printf 203.0.113.7"
        service = 'if [[ "$*" == *"services replace"* ]]; then cat "${@: -2:1}"; fi'
        self._program("gcloud", f'case "$*" in *" describe "*) {describe};; *) {service} >"$LOG.yaml";; esac')
        keyed, inside = answers.split()
        self._program("curl", f'case "$*" in *metrics*) printf {inside};; *) printf {keyed};; esac')
        return self

    def _program(self, name: str, lines: str) -> None:
        path = self.tools / name
        path.write_text(f'#!/bin/bash\nprintf \'{name} %s\\n\' "$*" >>"$LOG"\n{lines}\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def deploy(self, *arguments: str, **changed: str) -> tuple[int, str]:
        environment = {"PATH": str(self.tools), "LOG": str(self.log), "TMPDIR": str(self.log.parent)}
        environment |= {name: value for name, value in (GOOD | changed).items() if value}
        done = subprocess.run(
            [str(self.tools / "bash"), FOLDER / "deploy.sh", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout

    @property
    def asked(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_dry_run_needs_no_cloud_and_shows_every_command(machine: Machine) -> None:
    """It runs without gcloud, without a login, and prints the service as it would be sent."""
    code, said = machine.deploy("--dry-run")
    assert code == 0, said
    assert machine.asked == []
    shown = said.split("--- service.yaml\n")[1].split("--- url-map.yaml\n")
    assert yaml.safe_load(shown[0])["spec"]["template"]["spec"]["serviceAccountName"].startswith(
        "state-gateway@my-project"
    )
    assert yaml.safe_load(shown[1].split("\n---")[0])["defaultService"].startswith("projects/my-project/")
    for step in ("service-accounts create", "builds submit", "run services replace", "forwarding-rules create"):
        assert f"{step}" in said


@pytest.mark.parametrize("name", list(GOOD))
def test_each_variable_is_asked_for_by_name(machine: Machine, name: str) -> None:
    """Somebody new runs the script without reading it."""
    code, said = machine.deploy("--dry-run", **{name: ""})
    assert code == 1
    assert said.startswith(f"deploy.sh: {name} is not set: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROJECT", "My Project"),
        ("REGION", "europe"),
        ("DOMAIN", "https://state.example.com"),
        ("BUCKET", "gs://my-bucket"),
        ("IMAGE", "images.example.com/state-gateway"),
        ("IMAGE", "images.example.com/state-gateway:latest"),
        ("MIN_INSTANCES", "0"),
        ("MAX_INSTANCES", "few"),
        ("BUCKET", "b$(touch pwned)"),
    ],
)
def test_a_value_that_can_not_be_right_ends_it(machine: Machine, name: str, value: str) -> None:
    """Before anything is made, and before the value gets into a command."""
    code, said = machine.deploy(**{name: value})
    assert (code, machine.asked) == (1, [])
    assert said.startswith(f"deploy.sh: {name} ")


def test_fewer_at_most_than_at_least(machine: Machine) -> None:
    """Cloud Run's own answer to this names neither."""
    assert machine.deploy("--dry-run", MIN_INSTANCES="5") == (
        1,
        "deploy.sh: MAX_INSTANCES 4 is below MIN_INSTANCES 5\n",
    )
    assert machine.deploy("--dryrun")[0] == 2


def test_the_first_deploy_makes_all_in_an_order_that_works(machine: Machine) -> None:
    """An account before its rights, the service before the way in; and nothing left to fill in."""
    code, said = machine.with_cloud(there=False).deploy()
    made = [line for line in machine.asked if " describe " not in line]
    order = (
        "service-accounts create",
        "buckets add-iam-policy-binding",
        "builds submit",
        "run services replace",
        "network-endpoint-groups create",
        "url-maps import",
        "forwarding-rules create",
        "curl",
    )
    places = [next(i for i, line in enumerate(made) if step in line) for step in order]
    assert places == sorted(places), said
    assert code == 0, said


def test_the_second_deploy_makes_nothing_anew(machine: Machine) -> None:
    """What is there stays: its address is in the DNS of others. The service and the way in are brought up to date."""
    code, said = machine.with_cloud(there=True).deploy()
    assert code == 0, said
    assert not [line for line in machine.asked if " create " in line]
    assert [line for line in machine.asked if "run services replace" in line]


def test_the_account_may_do_three_things(machine: Machine) -> None:
    """Objects of one bucket, the values of its own secrets, signing as itself. Nothing on the project."""
    machine.with_cloud(there=True).deploy()
    granted = {
        (line.split(" add-iam-policy-binding ")[1].split()[0], line.rsplit("--role=", 1)[1])
        for line in machine.asked
        if "add-iam-policy-binding" in line
    }
    account = "state-gateway@my-project.iam.gserviceaccount.com"
    volumes = SERVICE["spec"]["template"]["spec"]["volumes"]
    secrets = {volume["secret"]["secretName"] for volume in volumes} | {"state-gateway-redis-url"}
    assert granted == {
        ("gs://my-bucket", "roles/storage.objectUser"),
        (account, "roles/iam.serviceAccountTokenCreator"),
        *((secret, "roles/secretmanager.secretAccessor") for secret in secrets),
    }


def test_one_that_answers_strangers_is_a_failure(machine: Machine) -> None:
    """200 without a key, or metrics for the whole internet, is said as loudly as no answer."""
    for answers in ("200 404", "401 200", "000 000"):
        code, said = machine.with_cloud(there=True, answers=answers).deploy()
        assert code == 1
        assert "not 401 and 404" in said


def settings() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for entry in CONTAINER["env"]:
        yield entry["name"], entry


def test_every_variable_is_one_that_the_gateway_reads() -> None:
    """A misspelt name would leave its default in force: 127.0.0.1, no keys, no bucket."""
    models: list[type[Settings]] = [*gateway_settings.MODELS.values(), StorageSettings]
    known = {name for model in models for name in variables(model)}
    for name, _ in settings():
        assert name.removesuffix("_FILE") in known or name in known, name


def test_the_gateway_takes_the_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Cloud Run would give them, with files for the secrets."""
    (tmp_path / "root").write_text("r" * 64)
    for name, entry in settings():
        value = entry.get("value", "redis://10.0.0.3:6379/0").replace("${ADDRESS}", "203.0.113.7")
        monkeypatch.setenv(name, str(tmp_path / "root") if name.endswith("_ROOT_FILE") else value)
    loaded = gateway_settings.read()
    assert (loaded.server.host, loaded.server.port) == ("0.0.0.0", CONTAINER["ports"][0]["containerPort"])
    assert loaded.security.signing_root is not None
    assert StorageSettings().object_bytes < 32 * 1024 * 1024


def test_each_mounted_file_has_its_secret() -> None:
    """A path in a variable that no volume has would be found at the first start only."""
    spec = SERVICE["spec"]["template"]["spec"]
    files = {
        f"{mount['mountPath']}/{item['path']}"
        for mount in CONTAINER["volumeMounts"]
        for volume in spec["volumes"]
        if volume["name"] == mount["name"]
        for item in volume["secret"]["items"]
    }
    named = {entry["value"] for _, entry in settings() if entry.get("value", "").startswith("/secrets/")}
    assert named <= files
    assert all(mount["readOnly"] for mount in CONTAINER["volumeMounts"])


def test_it_never_sleeps_and_is_reached_by_one_way_only() -> None:
    """A call cannot wait for a cold start, connections live between requests, and the internet has no /metrics."""
    outer, inner = SERVICE["metadata"]["annotations"], SERVICE["spec"]["template"]["metadata"]["annotations"]
    assert outer["run.googleapis.com/ingress"] == "internal-and-cloud-load-balancing"
    assert inner["run.googleapis.com/cpu-throttling"] == "false"
    assert inner["run.googleapis.com/vpc-access-egress"] == "private-ranges-only"
    url_map = yaml.safe_load((FOLDER / "url-map.yaml").read_text())
    (matcher,) = url_map["pathMatchers"]
    assert matcher["defaultRouteAction"]["faultInjectionPolicy"]["abort"] == {"httpStatus": 404, "percentage": 100}
    (rule,) = matcher["pathRules"]
    assert not {path for path in rule["paths"] if path.startswith(("/metrics", "/ready", "/live", "/*"))}
    probes = {CONTAINER[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe")}
    assert probes == {"/ready", "/live"}


def test_the_image_has_what_the_gateway_imports() -> None:
    """state_gateway imports ops only (pyproject.toml), and reads the Lua scripts; the agent's code stays out."""
    text = (FOLDER / "Dockerfile").read_text()
    copied = {line.split()[1] for line in text.splitlines() if line.startswith("COPY ")}
    assert copied == {
        "requirements.txt",
        "state_gateway/requirements.txt",
        "calls/stores/lua/",
        "ops/",
        "state_gateway/",
    }
    assert gateway_settings.Security.model_fields["scripts_dir"].default == "calls/stores/lua"


def test_the_runbooks_redis_never_throws_records_away() -> None:
    """Memorystore's own default, volatile-lru, evicts keys with an expiry: all records of calls have one."""
    (create,) = re.findall(
        r"gcloud redis instances create (?:.*\\\n)*.*", (ROOT / "docs/runbooks/deploy-the-gateway.md").read_text()
    )
    assert "--redis-config=maxmemory-policy=noeviction" in create
