# reelsift: everything a newcomer or a maintainer types.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
PLATFORM ?= linux/amd64
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CHECKOV := $(VENV)/checkov/bin/checkov
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
	@$(BIN)/reelsift local demo --page demo-report.html

$(CHECKOV): $(STAMP) terraform/requirements-checkov.lock
	@echo "Setting up checkov, which needs an environment of its own (half a minute, once)"
	@$(BIN)/python -m venv $(VENV)/checkov
	@$(VENV)/checkov/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes \
		--only-binary :all: --requirement terraform/requirements-checkov.lock
	@touch $@

.PHONY: test
test: $(STAMP) $(CHECKOV) ## Run every test
	@$(BIN)/pytest --numprocesses 4 --dist loadgroup $(PYTEST_ARGS)

.PHONY: bench
bench: $(STAMP) ## Measure reelsift beside its alternatives and its floor: hours (BENCH_ARGS="--help" tells the parts)
	@PYTHONPATH=tests $(BIN)/python -m bench $(or $(BENCH_ARGS),all)

.PHONY: chaos
chaos: $(STAMP) ## Break fleets on purpose, by seed, and hold the promises against the cloud's books (CHAOS_ARGS="--help")
	@PYTHONPATH=tests $(BIN)/python -m chaos $(CHAOS_ARGS)

.PHONY: fuzz
fuzz: $(STAMP) ## Feed every parser a million inputs made to break it (FUZZ_ARGS="--help")
	@PYTHONPATH=tests $(BIN)/python -m fuzz $(FUZZ_ARGS)

# The scripts find the aws command line on the PATH.
WITH_AWS := PATH="$(abspath $(BIN)):$$PATH"

.PHONY: terraform-installed
terraform-installed:
	@command -v terraform >/dev/null || { echo "Terraform is not installed; 1.9 or newer is needed." >&2; exit 1; }

.PHONY: plan
plan: $(STAMP) terraform-installed ## Show what a deployment would change in your AWS account
	@$(WITH_AWS) terraform/deploy.sh plan

.PHONY: deploy
deploy: $(STAMP) terraform-installed ## Build the image, push it, and make or change the deployment in your AWS account
	@$(WITH_AWS) terraform/deploy.sh
	@$(MAKE) --no-print-directory env

.PHONY: env
env: terraform-installed ## Write .env, by which every reelsift command finds the deployment
	@terraform/env.sh

.PHONY: smoke
smoke: $(STAMP) ## Send a small clip through the deployment and time each hop
	@$(BIN)/reelsift smoke $(SMOKE_ARGS)

.PHONY: destroy
destroy: $(STAMP) terraform-installed ## Delete the deployment and all it holds, after asking
	@$(WITH_AWS) terraform/destroy.sh

.PHONY: image
image: ## Build the image as reelsift:<tag>
	@terraform/image.sh build "reelsift:$$(terraform/image.sh tag)" $(PLATFORM)

.PHONY: lint
lint: $(STAMP) ## Style, types, the direction of imports, and the links of the docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config pyproject.toml
	$(BIN)/shellcheck .ci/run .ci/image-base terraform/*.sh
	$(BIN)/hadolint Dockerfile
	@$(MAKE) --no-print-directory site

.PHONY: format
format: $(STAMP) ## Mend what the linter can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: $(STAMP) ## Write docs/configuration.md from the settings
	$(BIN)/python -m reelsift.cli.configuration > docs/configuration.md

.PHONY: site
site: $(STAMP) ## Build the documentation as a site in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --config-file .mkdocs.yml

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate --quiet
.PHONY: lock
lock: ## Renew the lock files (needs uv)
	$(LOCK) --extra local --group dev --output-file service/requirements-dev.lock $(LOCK_ARGS)
	$(LOCK) --constraint service/requirements-dev.lock --output-file service/requirements.lock $(LOCK_ARGS)
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $(subst pyproject.toml,-,$(LOCK)) --constraint service/requirements-dev.lock \
			--output-file service/requirements-build.lock $(LOCK_ARGS)
	echo 'checkov>=3.2' \
		| $(subst pyproject.toml,-,$(LOCK)) --output-file terraform/requirements-checkov.lock $(LOCK_ARGS)

.PHONY: clean
clean: ## Remove the virtual environment and every cache
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
