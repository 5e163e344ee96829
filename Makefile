# reelsift: everything a newcomer or a maintainer types.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Machine settings such as a pip index belong to the user's own pip configuration, not to this file.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(STAMP): service/requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"reelsift needs Python 3.11 or newer, $$(command -v $(PYTHON)) is {sys.version.split()[0]}: make PYTHON=python3.11 …")'
	@echo "Setting up $(VENV) from the hashed lock file (about a minute, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes --only-binary :all: --requirement service/requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: setup
setup: $(STAMP) ## Make .venv with everything in it, reelsift included

.PHONY: demo
demo: $(STAMP) ## Run the main job on the embedded cloud and show the result
	@$(BIN)/reelsift local demo

.PHONY: test
test: $(STAMP) ## Run every test
	@$(BIN)/pytest --numprocesses 3 --dist worksteal $(PYTEST_ARGS)

.PHONY: lint
lint: $(STAMP) ## Style, types, and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config pyproject.toml

.PHONY: format
format: $(STAMP) ## Mend what the linter can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: $(STAMP) ## Write docs/configuration.md from the settings
	$(BIN)/python -m reelsift.cli.configuration > docs/configuration.md

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate --quiet
.PHONY: lock
lock: ## Renew both lock files (needs uv)
	$(LOCK) --extra local --group dev --output-file service/requirements-dev.lock $(LOCK_ARGS)
	$(LOCK) --constraint service/requirements-dev.lock --output-file service/requirements.lock $(LOCK_ARGS)

.PHONY: clean
clean: ## Remove the virtual environment and every cache
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
