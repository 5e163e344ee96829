"""The Terraform module is written as Terraform and checkov want it, and does what its own tests say."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reelsift.settings import Settings

ROOT = Path(__file__).parents[3]
MODULE = ROOT / "terraform"
SOURCES = {file.name: file.read_text(encoding="utf-8") for file in sorted(MODULE.glob("*.tf"))}
TESTS = "\n".join(file.read_text(encoding="utf-8") for file in MODULE.glob("tests/*.tftest.hcl"))

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

  expect_failures = [aws_iam_policy.operator]
}
"""

pytestmark = [pytest.mark.xdist_group("terraform-module"), pytest.mark.timeout(600)]


def _found(command: str, own: Path | None = None) -> str:
    """The command's path. Without it the test is skipped, or fails where CI must have it."""
    path = str(own) if own is not None and own.exists() else shutil.which(command)
    if path is None:
        missing = f"{command} is not on PATH" + (f" nor at {own.relative_to(ROOT)}" if own else "")
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return path


def _run(arguments: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    # The provider reads its schema for each run; a lazier garbage collector saves a third of that time.
    env = os.environ | {"GOGC": "800"}
    return subprocess.run(arguments, cwd=folder, env=env, check=False, capture_output=True, text=True)


@pytest.fixture(scope="module")
def terraform() -> str:
    return _found("terraform")


@pytest.fixture(scope="module")
def module(terraform: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that Terraform has been told to work in: nothing of it lands in the project."""
    folder = tmp_path_factory.mktemp("module")
    for name, text in SOURCES.items():
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copytree(MODULE / "tests", folder / "tests")
    shutil.copyfile(MODULE / "backend.tf.example", folder / "backend.tf")
    policy = json.dumps({"Statement": "x" * 6144}).replace('"', '\\"')
    (folder / "tests" / "policy_size.tftest.hcl").write_text(_LONG_POLICY % policy, encoding="utf-8")
    init = _run([terraform, "init", "-backend=false", "-input=false", "-no-color"], folder)
    assert init.returncode == 0, init.stdout + init.stderr
    return folder


def test_it_is_formatted(terraform: str, module: Path) -> None:
    done = _run([terraform, "fmt", "-check", "-diff", "-recursive", "-no-color"], module)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_valid_and_so_is_the_example_of_a_backend(terraform: str, module: Path) -> None:
    done = _run([terraform, "validate", "-no-color"], module)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_own_tests_pass(terraform: str, module: Path) -> None:
    done = _run([terraform, "test", "-no-color"], module)
    assert done.returncode == 0, done.stdout + done.stderr


def _checkov(folder: Path) -> list[dict[str, Any]]:
    checkov = _found("checkov", ROOT / ".venv" / "checkov" / "bin" / "checkov")
    arguments = ["--directory", ".", "--skip-path", "tests", "--framework", "terraform", "--skip-download", "--compact"]
    done = _run([checkov, *arguments, "--output", "json"], folder)
    results: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)["results"]
    failed = [f"{check['check_id']} {check['resource']}: {check['check_name']}" for check in results["failed_checks"]]
    assert (failed, results["parsing_errors"]) == ([], [])
    return results["skipped_checks"]


def test_checkov_finds_nothing_and_every_skip_is_reasoned_and_needed(module: Path) -> None:
    skips = [(name, *skip) for name, text in SOURCES.items() for skip in _SKIP.findall(text)]
    assert [skip for skip in skips if len(skip[2].split()) < 3] == []
    used = {(check["file_path"].lstrip("/"), check["check_id"]) for check in _checkov(module)}
    assert {(name, check) for name, check, _ in skips} == used


def test_every_variable_and_output_says_what_it_is() -> None:
    blocks = [block for text in SOURCES.values() for block in _BLOCK.findall(text)]
    assert {"variable", "output"} == {kind for kind, _, _ in blocks}
    for kind, name, body in blocks:
        wanted = ["description", "type"] if kind == "variable" else ["description"]
        assert [word for word in wanted if not re.search(rf"^  {word} += ", body, re.MULTILINE)] == [], f"{kind} {name}"


def test_every_validation_is_seen_to_refuse() -> None:
    variables = [body for text in SOURCES.values() for body in _BLOCK.findall(text)]
    validated = {name: body.count("validation {") for kind, name, body in variables if kind == "variable"}
    refused = re.findall(r"var\.(\w+)", " ".join(re.findall(r"expect_failures = \[(.*?)\]", TESTS, re.DOTALL)))
    unseen = {name: count for name, count in validated.items() if refused.count(name) < count}
    assert unseen == {}


def test_the_environment_holds_settings_that_exist() -> None:
    text = SOURCES["environment.tf"]
    given = {name.lower() for name in re.findall(r"REELSIFT_([A-Z_]+)\b", text)}
    assert given <= set(Settings.model_fields)
    reserved = set(re.findall(r'"(\w+)"', text.split("reserved_settings = [")[1].split("]")[0]))
    assert given <= reserved <= set(Settings.model_fields)
