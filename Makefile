# newsworker: `make help` lists what there is. Needs Python 3.11+ and make, nothing else; uv is used where it is found.
SHELL := /bin/sh
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

# Bytecode is compiled at installation: without it the first `import spacy` costs ten times as much.
ifneq ($(UV),)
  MAKE_VENV = uv venv -q --allow-existing --python $(PYTHON) $(VENV)
  INSTALL = VIRTUAL_ENV=$(CURDIR)/$(VENV) uv pip install -q --compile-bytecode
else
  MAKE_VENV = $(PYTHON) -m venv $(VENV)
  INSTALL = $(BIN)/python -m pip install -q --disable-pip-version-check --no-input
endif

.DEFAULT_GOAL := help
.PHONY: help install dev run demo test lint types contract check bench accuracy chaos schema train lock clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/.done: requirements.lock pyproject.toml
	@echo "Setting up $(VENV) from requirements.lock (about half a minute, once)"
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "newsworker needs Python 3.11 or newer; try: make PYTHON=python3.12")'
	@$(MAKE_VENV) || { echo "No venv module? On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps -e ./
	@touch $@

$(VENV)/.dev: $(VENV)/.done requirements-dev.lock
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.done  ## make .venv from the hash-pinned lock

dev: $(VENV)/.dev  ## the same, with the tools that check the code

run: install  ## run the service: embedded server, workers, scheduler, seeds and feeds, events live, until Ctrl-C
	@exec $(BIN)/newsworker run

demo: install  ## the same path, finite: drain seeds/, print a summary
	@$(BIN)/newsworker demo

test: dev  ## all tests that this machine can run
	@$(BIN)/python -m pytest

lint: dev  ## ruff
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: dev  ## mypy, strict
	@$(BIN)/mypy

contract: dev  ## the one-way flow of imports
	@$(BIN)/lint-imports

check: lint types contract test  ## everything before a commit

bench: install  ## accuracy and cost of each part (PUBLIC=path of a scorer adds its sets, FEEDS=folder and PAGES=folder theirs)
	@$(BIN)/python -m bench.accuracy $(if $(PUBLIC),--public $(PUBLIC))
	@$(BIN)/python -m bench.speed
	@$(BIN)/python -m bench.polling $(FEEDS)
	@$(BIN)/python -m bench.polls
	@$(BIN)/python -m bench.ingestion $(or $(FEEDS),seeds/feeds)
	@$(BIN)/python -m bench.pages $(PAGES)
	@$(BIN)/python -m bench.stories $(PAGES)
	@$(BIN)/python -m bench.bombs

accuracy: install  ## what extraction gets right, on sentences of our own
	@$(BIN)/python -m bench.accuracy

chaos: install  ## kill workers and server amid their work, count what is lost
	@$(BIN)/python -m bench.chaos

schema: install  ## write docs/schema/ from the models
	@$(BIN)/newsworker schema --write docs/schema

train: dev  ## learn the model of the types and the weights of confidence anew, from the examples and the seeds
	@$(BIN)/python -m bench.train && $(BIN)/python -m bench.calibrate --write

lock:  ## renew both lock files (needs uv)
	uv pip compile -q pyproject.toml --universal --generate-hashes --no-header -o requirements.lock
	uv pip compile -q pyproject.toml --group dev -c requirements.lock --universal --generate-hashes --no-header -o requirements-dev.lock

clean:  ## remove .venv, caches and the service's state
	rm -rf $(VENV) .newsworker .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
