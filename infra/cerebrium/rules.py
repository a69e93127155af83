"""What a telephone worker needs of its platform, beyond a file that Cerebrium would take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.cerebrium.dockerfile import Dockerfile
from infra.cerebrium.keys import COMPUTE, CPU_CORES, CPU_MEMORY_GB, UTILISATION

_CORES = ", ".join(f"{n:g}" for n in CPU_CORES)
MARGIN_S = 60  # between the end of the drain and SIGKILL: sessions close, the journal is flushed
_EVERYTHING = {".", "*", "**", "**/*", "./", "./*", "./**", "./**/*"}
# What a credential looks like: a variable set to something, a key of ours or of a known provider, a private key.
_SECRET = re.compile(
    r"(?i)\b\w*(secret|token|password|passwd|api_?key|signing_key|credential)\w*\s*[=:]\s*[^\s$]"
    r"|\b(sk|pk|ghp|glpat|xox[abp])[-_][A-Za-z0-9_-]{8,}|\bAKIA[0-9A-Z]{12,}|-----BEGIN|\bAIza[0-9A-Za-z_-]{20,}"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.|://[^/\s:@]+:[^/\s@]+@"
)

Sections = Mapping[str, Mapping[str, Any]]


def check(sections: Sections, root: Path) -> Iterator[str]:
    """One sentence for each rule that the file breaks. `root`: where the deploy runs, the repository's root."""
    yield from _open_or_lost(sections)
    yield from _scaling(sections.get("scaling", {}))
    yield from _hardware(sections.get("hardware", {}))
    yield from _upload(sections.get("deployment", {}))
    yield from _container(sections, root)
    yield from secrets_in(sections)


def _open_or_lost(sections: Sections) -> Iterator[str]:
    if sections.get("deployment", {}).get("disable_auth") is not False:
        yield "[cerebrium.deployment] disable_auth must be false: otherwise anybody may ask the worker's port."
    if sections.get("scaling", {}).get("compute_tier") != "protected":
        yield '[cerebrium.scaling] compute_tier must be "protected": interruptible capacity is taken away in mid-call.'


def _scaling(scaling: Mapping[str, Any]) -> Iterator[str]:
    least, most = scaling.get("min_replicas"), scaling.get("max_replicas")
    if not isinstance(least, int) or least < 1:
        yield "[cerebrium.scaling] min_replicas must be at least 1: a worker at 0 never hears of a call."
    elif isinstance(most, int) and most < least:
        yield f"[cerebrium.scaling] max_replicas {most} is below min_replicas {least}."
    metric, target = scaling.get("scaling_metric"), scaling.get("scaling_target")
    if metric not in UTILISATION:
        yield (
            '[cerebrium.scaling] scaling_metric must be "cpu_utilization": the worker fetches its calls itself, '
            "Cerebrium sees no requests to count."
        )
    elif "scaling_buffer" in scaling:
        yield f"[cerebrium.scaling] scaling_buffer is refused together with {metric}."
    if isinstance(target, int) and target > 80:
        yield f"[cerebrium.scaling] scaling_target {target}: speech stutters long before; write at most 80."
    if "replica_concurrency" in scaling:
        yield "[cerebrium.scaling] replica_concurrency counts requests: there are none. AGENT_MAX_CALLS limits calls."


def _hardware(hardware: Mapping[str, Any]) -> Iterator[str]:
    compute, cpu, gpus = hardware.get("compute"), hardware.get("cpu"), hardware.get("gpu_count")
    wanted = [compute] if isinstance(compute, str) else compute or []
    if not isinstance(cpu, int | float):
        return  # said by the shape
    if wanted == ["CPU"]:
        if cpu not in CPU_CORES:
            yield f"[cerebrium.hardware] cpu {cpu} with CPU alone must be one of {_CORES}."
        if isinstance(memory := hardware.get("memory"), int | float) and memory > CPU_MEMORY_GB:
            yield f"[cerebrium.hardware] memory {memory} with CPU alone must be at most {CPU_MEMORY_GB}."
        if gpus:
            yield '[cerebrium.hardware] gpu_count must be left out with compute = "CPU".'
        return
    if "CPU" in wanted or len(wanted) > 5:
        yield "[cerebrium.hardware] compute: up to 5 accelerators of one family, never together with CPU."
    if cpu != int(cpu):
        yield f"[cerebrium.hardware] cpu {cpu}: a replica with an accelerator needs whole cores."
    limit = min((COMPUTE.get(each, 0) for each in wanted), default=0)
    if isinstance(gpus, int) and not 1 <= gpus <= limit:
        yield f"[cerebrium.hardware] gpu_count {gpus} must be 1 to {limit} for {', '.join(wanted)}."


def _upload(deployment: Mapping[str, Any]) -> Iterator[str]:
    for pattern in deployment.get("include") or []:
        if pattern in _EVERYTHING or str(pattern).removeprefix("./").startswith("var"):
            yield (
                f'[cerebrium.deployment] include "{pattern}" uploads var/ with its recordings, and .git (exclude '
                '".*" stops no folder): name the folders.'
            )


def _container(sections: Sections, root: Path) -> Iterator[str]:
    custom = sections.get("runtime.custom", {})
    path, port = custom.get("dockerfile_path"), custom.get("port")
    if not isinstance(path, str):
        return  # said by the shape
    try:
        docker = Dockerfile.read(root / path)
    except OSError:
        yield f"[cerebrium.runtime.custom] dockerfile_path {path}: there is no such file below {root.name}/."
        return
    for wanted, what in ((docker.exposed, "EXPOSE"), (docker.settings.get("AGENT_HTTP_PORT"), "AGENT_HTTP_PORT")):
        if wanted != str(port):
            yield f"[cerebrium.runtime.custom] port {port}, but {path} has {what} {wanted or 'nowhere'}."
    if not docker.command_is_a_list:
        yield f"{path}: write CMD as a list. Through a shell the worker gets no SIGTERM and drops its calls."
    for word in docker.secrets():
        yield f"{path}: ENV or ARG {word} would stand in the image for all to read. Make it a secret of Cerebrium."
    uploaded = sections.get("deployment", {}).get("include") or []
    for source in docker.copied:
        if not any(_covers(str(pattern), source) for pattern in uploaded):
            yield f"{path} copies {source}, which include of [cerebrium.deployment] does not upload."
    yield from _grace(docker, path, sections.get("scaling", {}).get("response_grace_period"))


def _covers(pattern: str, source: str) -> bool:
    pattern = pattern.removeprefix("./")
    return pattern == source.rstrip("/") or (source.endswith("/") and pattern == f"{source}**")


def _grace(docker: Dockerfile, path: str, grace: Any) -> Iterator[str]:
    drain = docker.settings.get("AGENT_DRAIN_S", "")
    try:
        drain_s = float(drain)
    except ValueError:
        yield f"{path}: set AGENT_DRAIN_S, how long SIGTERM waits for calls; its default is an hour."
        return
    if isinstance(grace, int) and grace < drain_s + MARGIN_S:
        yield (
            f"[cerebrium.scaling] response_grace_period {grace} must be at least {drain_s + MARGIN_S:g}: AGENT_DRAIN_S "
            f"of {path} is {drain_s:g}, and {MARGIN_S} s are needed after it. What lasts longer is killed."
        )


def secrets_in(sections: Sections) -> Iterator[str]:
    """Values that look like credentials. The value is never shown."""
    for section, keys in sections.items():
        for key, value in keys.items():
            texts = value if isinstance(value, list) else [value]
            if any(isinstance(text, str) and _SECRET.search(text) for text in texts):
                yield f"[cerebrium.{section}] {key} looks like a secret. `cerebrium secrets add` keeps those."
