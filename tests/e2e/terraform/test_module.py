"""The Terraform module is written as Terraform and checkov want it, and does what its own tests say."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from reelsift.settings import Settings
from support import needs
from support.aws_provider import standing_provider

ROOT = Path(__file__).parents[3]
MODULE = ROOT / "terraform"
SOURCES = {file.name: file.read_text(encoding="utf-8") for file in sorted(MODULE.glob("*.tf"))}
PROVIDERS = (MODULE / "deployment" / "providers.tf").read_text(encoding="utf-8")
"""What the root of a deployment decides by itself; the rest of it is written from the module."""
TESTS = "\n".join(file.read_text(encoding="utf-8") for file in MODULE.glob("**/tests/*.tftest.hcl"))

_REFUSALS = "refusals*.tftest.hcl"
"""These need the variables and nothing else of the module, not even a provider."""
_VARIABLES = [name for name in SOURCES if name.startswith("variables")]

_MOCK = re.compile(r"^mock_provider .*?^\}\n", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_SKIP = re.compile(r"#checkov:skip=(\w+)(?::(.*))?")

# Tests of Terraform's own know no functions, so what is too long has to be written out.
_LONG_POLICY = """
mock_provider "aws" {
  source = "./tests/mocks"
}

run "refuses_more_data_buckets_than_one_policy_can_name" {
  variables {
    image_tag = "test"
  }

  override_data {
    target = data.aws_iam_policy_document.operator
    values = { json = "%s" }
  }

  override_data {
    target = data.aws_iam_policy_document.reader
    values = { json = "%s" }
  }

  override_data {
    target = data.aws_iam_policy_document.reviewer
    values = { json = "%s" }
  }

  override_data {
    target = data.aws_iam_policy_document.records
    values = { json = "%s" }
  }

  override_data {
    target = data.aws_iam_policy_document.task
    values = { json = "%s" }
  }

  expect_failures = [
    aws_iam_policy.operator, aws_iam_policy.reader, aws_iam_policy.reviewer, aws_iam_policy.records,
    aws_iam_role_policy.task,
  ]
}
"""

pytestmark = [pytest.mark.xdist_group("terraform-module"), pytest.mark.long(600)]


def _run(
    arguments: list[str], folder: Path, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(arguments, cwd=folder, check=False, capture_output=True, text=True, env=env)


def _copied(folder: Path, names: Iterable[str], *, refusals: bool) -> None:
    """Some files of the module, and of its own tests those of the variables alone, or all others."""
    for name in (*names, "analyses.json"):
        shutil.copy(MODULE / name, folder)
    shutil.copytree(MODULE / "tests", folder / "tests")
    for file in folder.glob("tests/*.tftest.hcl"):
        if file.match(_REFUSALS) != refusals:
            file.unlink()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing that is made of the module lands in the project."""
    folder = tmp_path_factory.mktemp("module")
    _copied(folder, SOURCES, refusals=False)
    root = folder / "deployment"
    shutil.copytree(
        MODULE / "deployment", root, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars*")
    )
    shutil.copyfile(root / "backend.tf.example", root / "backend.tf")
    policy = json.dumps({"Statement": "x" * 10240}).replace('"', '\\"')
    (folder / "tests" / "policy_size.tftest.hcl").write_text(_LONG_POLICY.replace("%s", policy), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def initialised(copy: Path) -> Path:
    """The same, and Terraform has been told to work there."""
    for folder in (copy, copy / "deployment"):
        needs.providers.install(folder, "-backend=false")
    return copy


@pytest.fixture(scope="module", params=[".", "deployment"])
def module(initialised: Path, request: pytest.FixtureRequest) -> Path:
    """The module, and the root of a deployment that uses it."""
    return initialised / str(request.param)


@pytest.fixture(scope="module")
def env(initialised: Path) -> Iterator[dict[str, str]]:
    """For commands that share one process of the provider."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with standing_provider(initialised, plain) as env:
        yield env


def test_it_is_formatted(copy: Path) -> None:
    done = _run([needs.terraform(), "fmt", "-check", "-diff", "-recursive", "-no-color"], copy)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_valid_and_its_own_tests_pass(module: Path, env: dict[str, str]) -> None:
    """Before each run Terraform finds what `validate` would, in the example of a backend too."""
    done = _run([needs.terraform(), "test", "-no-color"], module, env)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_variable_refuses_what_its_own_tests_say(tmp_path: Path) -> None:
    """By itself: with all resources around it, Terraform would take twenty times as long for it."""
    _copied(tmp_path, [*_VARIABLES, "known_names.tf"], refusals=True)
    for file in tmp_path.glob("tests/*.tftest.hcl"):
        file.write_text(_MOCK.sub("", file.read_text(encoding="utf-8")), encoding="utf-8")
    done = _run([needs.terraform(), "test", "-no-color"], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def _checkov(folder: Path) -> list[dict[str, Any]]:
    skipped = ["--skip-path", "tests", "--skip-path", "deployment"]
    report = needs.checkov("--directory", ".", *skipped, "--framework", "terraform", folder=folder)
    results: dict[str, list[dict[str, Any]]] = report["results"]
    failed = [f"{check['check_id']} {check['resource']}: {check['check_name']}" for check in results["failed_checks"]]
    assert (failed, results["parsing_errors"]) == ([], [])
    return results["skipped_checks"]


def test_checkov_finds_nothing_and_every_skip_is_reasoned_and_needed(copy: Path) -> None:
    skips = [(name, *skip) for name, text in SOURCES.items() for skip in _SKIP.findall(text)]
    assert [skip for skip in skips if len(skip[2].split()) < 3] == []
    used = {(check["file_path"].lstrip("/"), check["check_id"]) for check in _checkov(copy)}
    assert {(name, check) for name, check, _ in skips} == used


def test_every_variable_and_output_says_what_it_is() -> None:
    blocks = [block for text in [*SOURCES.values(), PROVIDERS] for block in _BLOCK.findall(text)]
    assert {"variable", "output"} == {kind for kind, _, _ in blocks}
    for kind, name, body in blocks:
        wanted = ["description", "type"] if kind == "variable" else ["description"]
        assert [word for word in wanted if not re.search(rf"^  {word} += ", body, re.MULTILINE)] == [], f"{kind} {name}"


def test_every_validation_is_seen_to_refuse() -> None:
    variables = [body for text in [*SOURCES.values(), PROVIDERS] for body in _BLOCK.findall(text)]
    validated = {name: body.count("validation {") for kind, name, body in variables if kind == "variable"}
    refused = re.findall(r"var\.(\w+)", " ".join(re.findall(r"expect_failures = \[(.*?)\]", TESTS, re.DOTALL)))
    unseen = {name: count for name, count in validated.items() if refused.count(name) < count}
    assert unseen == {}


def test_the_module_configures_no_provider_so_that_another_configuration_may_use_it() -> None:
    assert [name for name, text in SOURCES.items() if re.search(r"^provider ", text, re.MULTILINE)] == []


def test_the_root_of_a_deployment_hands_every_variable_over_and_gives_every_output_back() -> None:
    command = [sys.executable, str(ROOT / ".ci" / "terraform_root.py")]
    written = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert (MODULE / "deployment" / "main.tf").read_text(encoding="utf-8") == written, "make docs writes it anew"


def test_root_and_module_take_the_same_versions() -> None:
    def versions(text: str) -> list[str]:
        return re.findall(r'version +?= "([^"]+)"', text)

    assert versions(PROVIDERS) == versions(SOURCES["versions.tf"])
    assert len(versions(PROVIDERS)) == 2


def test_the_environment_holds_settings_that_exist() -> None:
    text = SOURCES["environment.tf"] + SOURCES["known_names.tf"]
    prices = {f"price_{analysis}" for analysis in json.loads((MODULE / "analyses.json").read_text(encoding="utf-8"))}
    names = {name.lower() for name in re.findall(r"REELSIFT_([A-Z_]+)\b", text)}
    assert "price_" in names, "the price of each analysis is written by its name"
    given = names - {"price_"} | prices
    assert given <= set(Settings.model_fields)
    listed = text.split("reserved_settings = ")[1]
    assert '"price_${analysis}"' in listed
    reserved = set(re.findall(r'"(\w+)"', listed.split("], [")[1].split("]")[0])) | prices
    assert given <= reserved <= set(Settings.model_fields)
