# reelsift: everything a newcomer or a maintainer types.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
# Its own Python serves an environment that is there, unless another is asked for: then it is made anew.
PYTHON ?= $(or $(wildcard $(BIN)/python),python3)
PLATFORM ?= linux/amd64

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Machine settings such as a pip index belong to the user's own pip configuration, not to this file.
.PHONY: setup
setup: ## Make .venv with everything in it, reelsift included
	@$(PYTHON) .ci/environment.py $(VENV) service/requirements-dev.lock --project . --project service/rekognition_cloud

.PHONY: demo
demo: setup ## Run the main job on the embedded cloud and show the result
	@$(BIN)/reelsift local demo --page demo-report.html

.PHONY: console
console: setup ## Decide the embedded cloud's videos in the review console, in your browser
	@$(BIN)/reelsift local console

.PHONY: pictures
pictures: setup ## Make the docs' pictures of the review console anew, in chromium
	@PYTHONPATH=tests $(BIN)/python .ci/console_pictures.py

# Checkov needs an environment of its own. Where it cannot be had, the tests that it makes are skipped, and say so.
.PHONY: checkov
checkov: setup
	@$(BIN)/python .ci/environment.py $(VENV)/checkov terraform/requirements-checkov.lock \
		|| [ "$${CI:-}" != true ]

# Tests start hundreds of processes: without bytecode on the disk each would compile the project and the tests anew.
TESTED := env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest

.PHONY: test
test: setup checkov ## Run every test but the thorough ones
	@$(TESTED) --numprocesses 8 --dist loadgroup -m "not thorough" $(PYTEST_ARGS)

# What is known soon: properties are tried on fewer examples than by `make test`.
.PHONY: test-fast
test-fast: setup ## Run the unit tests, and the cloud's own, which share one: a minute and a half on two cores
	@$(TESTED) --numprocesses 2 --dist loadgroup --hypothesis-profile fast $(PYTEST_ARGS) \
		tests/unit tests/integration/rekognition_cloud

.PHONY: model
model: setup ## Search the model of the protocol, and the model with each rule broken: a minute on two cores
	@$(TESTED) --numprocesses 2 $(PYTEST_ARGS) tests/model

.PHONY: test-thorough
test-thorough: model ## Search the model, and try every law on ten times as many examples
	@$(TESTED) --numprocesses 2 --hypothesis-profile thorough -m "hypothesis or thorough" $(PYTEST_ARGS) tests/unit

.PHONY: bench
bench: setup ## Measure reelsift beside its alternatives and its floor: hours (BENCH_ARGS="--help" tells the parts)
	@PYTHONPATH=tests $(BIN)/python -m bench $(or $(BENCH_ARGS),all)

.PHONY: chaos
chaos: setup ## Break fleets on purpose, by seed, and hold the promises against the cloud's ledger (CHAOS_ARGS="--help")
	@PYTHONPATH=tests $(BIN)/python -m chaos $(CHAOS_ARGS)

.PHONY: fuzz
fuzz: setup ## Feed every parser a million inputs made to break it (FUZZ_ARGS="--help")
	@PYTHONPATH=tests $(BIN)/python -m fuzz $(FUZZ_ARGS)

# The scripts find the aws command line on the PATH.
WITH_AWS := PATH="$(abspath $(BIN)):$$PATH"

.PHONY: terraform-installed
terraform-installed:
	@command -v terraform >/dev/null || { echo "Terraform is not installed; 1.9 or newer is needed." >&2; exit 1; }

.PHONY: plan
plan: setup terraform-installed ## Show what a deployment would change in your AWS account
	@$(WITH_AWS) terraform/deploy.sh plan

.PHONY: deploy
deploy: setup terraform-installed ## Build the image, push it, and make or change the deployment in your AWS account
	@$(WITH_AWS) terraform/deploy.sh
	@$(MAKE) --no-print-directory env

.PHONY: env
env: terraform-installed ## Write .env, by which every reelsift command finds the deployment
	@terraform/env.sh

.PHONY: smoke
smoke: setup ## Send a small clip through the deployment and time each hop
	@$(BIN)/reelsift smoke $(SMOKE_ARGS)

.PHONY: destroy
destroy: setup terraform-installed ## Delete the deployment and all it holds, after asking
	@$(WITH_AWS) terraform/destroy.sh

.PHONY: dist
dist: setup ## Build the wheel and the sdist into dist/
	@rm -rf dist
	@$(BIN)/hatchling build --target sdist --target wheel

.PHONY: clip
clip: setup ## Make the clips that reelsift smoke sends
	@$(BIN)/python -m rekognition_cloud.clips --seconds 4 service/reelsift/smoke/clip.mp4
	@$(BIN)/python -m rekognition_cloud.clips --seconds 10 service/reelsift/smoke/clip-10s.mp4

.PHONY: image
image: ## Build the image as reelsift:<tag>
	@export BASE=$$(terraform/image.sh base $(PLATFORM)); \
		terraform/image.sh build "reelsift:$$(terraform/image.sh tag $(PLATFORM))" $(PLATFORM)

.PHONY: lint
lint: setup ## Style, types, the direction of imports, and the links of the docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config pyproject.toml
	$(BIN)/shellcheck .ci/run .ci/image-base terraform/*.sh
	$(BIN)/hadolint Dockerfile
	@$(MAKE) --no-print-directory site

.PHONY: format
format: setup ## Mend what the linter can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: setup ## Write what follows from code: docs/configuration.md, and the root of a deployment
	$(BIN)/python -m reelsift.cli.configuration > docs/configuration.md
	$(BIN)/python .ci/terraform_root.py > terraform/deployment/main.tf

.PHONY: site
site: setup ## Build the documentation as a site in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --config-file .mkdocs.yml

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate --quiet
.PHONY: lock
lock: ## Renew the lock files (needs uv)
	$(LOCK) service/rekognition_cloud/pyproject.toml --group dev --output-file service/requirements-dev.lock $(LOCK_ARGS)
	$(LOCK) --constraint service/requirements-dev.lock --output-file service/requirements.lock $(LOCK_ARGS)
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $(subst pyproject.toml,-,$(LOCK)) --constraint service/requirements-dev.lock \
			--output-file service/requirements-build.lock $(LOCK_ARGS)
	echo 'checkov>=3.2' \
		| $(subst pyproject.toml,-,$(LOCK)) --output-file terraform/requirements-checkov.lock $(LOCK_ARGS)

.PHONY: clean
clean: ## Remove the virtual environment and every cache
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
