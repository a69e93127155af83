"""The agent worker: `python agent/main.py dev|start|console|connect`, from the repository's root or anywhere else."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent)
sys.path[0] = ROOT  # never append: with agent/ on the path too, each module would exist twice

import atexit
import os
import shutil
import tempfile
import warnings

# Python 3.11's forkserver starts with the path of its working directory alone: it could not preload our modules.
os.environ["PYTHONPATH"] = ROOT

if __name__ == "__main__" and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    # Before prometheus_client is first imported, or the parent's own values never reach /metrics. Job processes import
    # this file under another name, and inherit the variable.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="switchboard-metrics-")
    atexit.register(shutil.rmtree, os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)

from livekit.agents import cli

from agent import settings, worker
from agent.build import build
from agent.errors import BadStart
from config.problems import ConfigError
from ops.settings import exit_on_bad_settings


def main() -> None:
    with exit_on_bad_settings(ConfigError, BadStart):
        loaded = settings.load()
        worker.check_server(loaded.livekit, sys.argv[1:])
        app = build(loaded)
        worker.check_voices(app)
    metrics_dir = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    server = worker.server(app, Path(metrics_dir) if metrics_dir else None)
    warnings.filterwarnings("ignore", message="the built-in Python CLI is deprecated", category=DeprecationWarning)
    cli.run_app(server)
    sys.exit(server.failed)


if __name__ == "__main__":
    main()
