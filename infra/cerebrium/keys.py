"""Every key that Cerebrium reads from cerebrium.toml, with its type, its range and what it is when left out.

Sources, read on 2026-11-21: pkg/projectconfig/{config,loader}.go of github.com/CerebriumAI/cerebrium (the command line
that parses the file: keys and types); skills/cerebrium/references/{config,hardware}.md of
github.com/CerebriumAI/cerebrium-skills (ranges, the API's defaults, compute types, regions);
docs.cerebrium.ai/toml-reference/toml-reference (the published table; it says disable_auth defaults to false, which
the API does not).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """`kind`: text, yes_no, whole, number, texts (a list), or text_or_texts. `least`/`most` bound a number."""

    kind: str
    least: float | None = None
    most: float | None = None
    among: tuple[str, ...] = ()


TEXT, TEXTS, YES_NO = Key("text"), Key("texts"), Key("yes_no")

COMPUTE: Mapping[str, int] = {
    "CPU": 0,
    "TURING_T4": 4,
    "ADA_L4": 4,
    "AMPERE_A10": 4,
    "ADA_L40": 4,
    "INF2": 12,
    "AMPERE_A100_40GB": 8,
    "AMPERE_A100_80GB": 8,
    "BLACKWELL_RTX6000": 8,
    "HOPPER_H100": 8,
    "HOPPER_H200": 8,
    "BLACKWELL_B200": 8,
    "TRN1": 16,
}
"""Compute types, with the most accelerators that a replica may have."""

CPU_CORES = (0.25, 0.5, 1, 2, 3, 4, 6, 8, 10, 12, 16, 24, 32, 48, 64, 80)  # what a replica without accelerator may have
CPU_MEMORY_GB = 160
REGIONS = (
    "us-east-1",
    "us-central1",
    "eu-north-1",
    "eu-north1",
    # on request
    "us-west-2",
    "eu-central-1",
    "ap-south-1",
    "ap-northeast-1",
    "sa-east-1",
    "ca-central-1",
    "me-central-1",
)
UTILISATION = ("cpu_utilization", "memory_utilization")

SECTIONS: Mapping[str, Mapping[str, Key]] = {
    "deployment": {
        "name": TEXT,
        "python_version": Key("text", among=("3.10", "3.11", "3.12", "3.13")),
        "disable_auth": YES_NO,
        "include": TEXTS,
        "exclude": TEXTS,
        "shell_commands": TEXTS,
        "pre_build_commands": TEXTS,
        "docker_base_image_url": TEXT,
        "use_uv": YES_NO,
        "deployment_initialization_timeout": Key("whole", 60, 830),
    },
    "runtime": {"container_runtime": Key("text", among=("v1", "v2"))},
    "runtime.custom": {
        "port": Key("whole", 1, 65535),
        "entrypoint": Key("text_or_texts"),
        "healthcheck_endpoint": TEXT,
        "readycheck_endpoint": TEXT,
        "dockerfile_path": TEXT,
    },
    "hardware": {
        "cpu": Key("number", 0.25, 352),
        "memory": Key("number", 0.25, 2048),
        "compute": Key("text_or_texts", among=tuple(COMPUTE)),
        "gpu_count": Key("whole", 0, 16),
        "provider": Key("text", among=("aws", "crusoe", "nebius")),
        "region": Key("text", among=REGIONS),
    },
    "scaling": {
        "min_replicas": Key("whole", 0, 2000),
        "max_replicas": Key("whole", 1, 2000),
        "replica_concurrency": Key("whole", 1, None),
        "scaling_metric": Key("text", among=("concurrency_utilization", "requests_per_second", *UTILISATION)),
        "scaling_target": Key("whole", 1, None),
        "scaling_buffer": Key("whole", 0, None),
        "cooldown": Key("whole", 0, 3600),
        "response_grace_period": Key("whole", 16, 43200),
        "evaluation_interval_seconds": Key("whole", 6, 300),
        "load_balancing_algorithm": Key(
            "text", among=("round-robin", "first-available", "min-connections", "random-choice-2")
        ),
        "compute_tier": Key("text", among=("interruptible", "protected")),
        "roll_out_duration_seconds": Key("whole", 0, 21600),
    },
    "dependencies.paths": {"pip": TEXT, "apt": TEXT, "conda": TEXT},
    "experimental": {"checkpointing": YES_NO},
}
FREE_SECTIONS = ("dependencies.pip", "dependencies.apt", "dependencies.conda")
"""Sections whose keys are names of packages, each with a version as text."""

MUST_BE_WRITTEN: Mapping[str, tuple[str, ...]] = {
    "deployment": ("name", "disable_auth", "include"),
    "runtime.custom": ("port", "healthcheck_endpoint", "readycheck_endpoint", "dockerfile_path"),
    "hardware": ("cpu", "memory", "compute", "region"),
    "scaling": (
        "compute_tier",
        "min_replicas",
        "max_replicas",
        "scaling_metric",
        "scaling_target",
        "cooldown",
        "response_grace_period",
    ),
}
"""A deploy puts a key that is left out back to its default: for these the default is wrong, or dear, or a surprise."""
