# `make` alone prints what it can do. Options: PYTHON=python3.12, ARGS="...", T=tests/unit.
PYTHON ?= python3
ARGS ?=
T ?= tests
N ?= 10
PY := .venv/bin/python
GO := $(shell command -v go || echo /usr/local/go/bin/go)
DOUBLES := telephone egress
# All tests in two processes, file by file, each with a stack of its own for its calls: a stack in a call needs 0.4 of a core.
SIDE_BY_SIDE = $(if $(filter tests,$(T)), -n 2 --dist loadfile --no-loadscope-reorder)
UV := uv==0.13.8
COMPILE = var/lock/bin/uv pip compile --quiet --no-header --python-version 3.11 $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help run call talk check format lint types imports generated go fix test soak faults bench doctor lock venv ready

help:
	@awk -f local/help.awk $(MAKEFILE_LIST)

##@ Use it
run: ready ## Start the whole call centre on this machine; Ctrl-C ends it (ARGS="--free-ports", "--help")
	@$(PY) -m local.run $(ARGS)

call: venv ## Ring it as a caller would (ARGS='--say "Hello" "I need an appointment"', "--web", "--outbound", "--help")
	@$(PY) -m local.caller $(ARGS)

talk: venv ## Talk with it from your microphone while `make run` runs (ARGS="--text" to type, "--list-devices")
	@$(PY) -m local.microphone $(ARGS)

##@ Change it
check: venv ## Format, lint, types, import contracts, generated files, the Go doubles: all, whichever fails
	@$(MAKE) --no-print-directory --keep-going format lint types imports generated go

format:
	$(PY) -m ruff format --check .

lint:
	$(PY) -m ruff check .

types:
	$(PY) -m mypy --cache-dir var/mypy

imports:
	.venv/bin/lint-imports --cache-dir var/import-linter

generated:
	$(PY) -m config.schema --check
	$(PY) -m tests.support.tables --check

go:
	$(PY) -m local.go_check

fix: venv ## Format, and repair what lint can repair; write generated files anew
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .
	$(PY) -m config.schema
	$(PY) -m tests.support.tables
	$(foreach double,$(DOUBLES),$(GO) -C local/stand_ins/$(double) fmt ./... &&) true

test: NEEDS = --tests
test: ready ## Everything: unit, contract, integration, real calls (T=tests/unit/local for less, ARGS="-x")
	$(PY) -m pytest -p no:cacheprovider $(T)$(SIDE_BY_SIDE) $(ARGS)

soak: NEEDS = --tests
soak: ready ## The call tests N times in a row, half of them beside a busy core (N=10)
	@$(PY) -m local.soak -n $(N) $(ARGS)

faults: NEEDS = --tests
faults: ready ## Real calls, each with a fault in it, every fault N times (N=10, ARGS='--only gateway')
	@$(PY) -m tests.support.prove_faults -n $(N) $(ARGS)

bench: ready ## Latency, barge-in, memory: the figures of docs/tasks (ARGS="--help")
	$(PY) -m bench $(ARGS)

##@ Look after it
doctor: ## Name what is missing on this machine, each with the command that mends it
	@$(PYTHON) -m local.doctor

lock: ## Pin requirements*.in into requirements*.txt (uv in a place of its own; ARGS="--upgrade")
	$(PYTHON) -m venv var/lock
	var/lock/bin/python -m pip install --quiet --disable-pip-version-check '$(UV)'
	$(COMPILE) -o requirements.txt requirements.in
	$(COMPILE) -c requirements.txt -o tts_server/requirements.txt tts_server/requirements.in
	$(COMPILE) -c requirements.txt -o state_gateway/requirements.txt state_gateway/requirements.in
	$(COMPILE) -o requirements-dev.txt requirements-dev.in

# What the others need; quick when there is nothing to do.
venv:
	@$(PYTHON) local/bootstrap.py

ready:
	@$(PYTHON) local/bootstrap.py --build $(NEEDS)
