"""Which base an image is built on: by its digest, in label and tag, so that a mended base is deployed."""

import os
import re
import subprocess
import tomllib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from e2e.image.builder import PROJECT

NAME = "docker.io/library/python:3.11-slim"
OLD, MENDED = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
BUILDERS = ("docker", "podman", "buildah")

_SCRIPT = """#!/usr/bin/env bash
echo "$*" >> "{told}"
case "$*" in
  pull*) [ -e "{registry}" ] && cp "{registry}" "{copy}" ;;
  *inspect*) [ -e "{copy}" ] && cat "{copy}" ;;
esac
"""


@dataclass(frozen=True)
class Machine:
    """A machine with one builder, recorded: what is in `registry` it can pull, and what is in `copy` it has."""

    folder: Path
    builder: str

    @property
    def registry(self) -> Path:
        return self.folder / "registry"

    @property
    def copy(self) -> Path:
        return self.folder / "copy"

    def publish(self, digest: str) -> None:
        """Put a base into the registry."""
        # docker and podman say the repository with it, buildah the digest alone.
        self.registry.write_text(digest if self.builder == "buildah" else f"python@{digest}\n")

    def run(self, *arguments: str, **environment: str) -> tuple[str, str]:
        """What the script prints, and what it says about that."""
        program = self.folder / self.builder
        program.write_text(
            _SCRIPT.format(told=self.folder / "told", registry=self.registry, copy=self.copy), encoding="utf-8"
        )
        program.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if name not in {"BASE", "BASE_IMAGE", "IMAGE_TAG"}}
        env = kept | {"BUILDER": str(program)} | environment
        done = subprocess.run(
            [PROJECT / "terraform" / "image.sh", *arguments], env=env, check=True, capture_output=True, text=True
        )
        return done.stdout, done.stderr

    def told(self) -> list[list[str]]:
        return [line.split() for line in (self.folder / "told").read_text(encoding="utf-8").splitlines()]

    def build_arguments(self) -> dict[str, str]:
        """Those of the one build."""
        (build,) = [call for call in self.told() if call[0] in {"build", "bud"}]
        return dict(value.split("=", 1) for flag, value in pairwise(build) if flag == "--build-arg")


@pytest.fixture(params=BUILDERS)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    return Machine(tmp_path, request.param)


def test_an_image_is_built_on_the_base_by_its_digest_and_says_so(machine: Machine) -> None:
    machine.publish(MENDED)
    machine.run("build", "reelsift:x", "linux/arm64")
    arguments = machine.build_arguments()
    assert arguments["PYTHON"] == f"docker.io/library/python@{MENDED}"
    assert (arguments["BASE_NAME"], arguments["BASE_DIGEST"]) == (NAME, MENDED)
    (pull,) = [call for call in machine.told() if call[0] == "pull"]
    assert pull[pull.index("--platform") + 1] == "linux/arm64"


def test_a_mended_base_is_another_tag_and_the_same_base_the_same_one(machine: Machine) -> None:
    machine.publish(OLD)
    before, said = machine.run("tag", "linux/amd64")
    assert (before.endswith(f"-{'a' * 12}"), said) == (True, "")
    assert machine.run("tag", "linux/amd64")[0] == before
    machine.publish(MENDED)
    after, _ = machine.run("tag", "linux/amd64")
    assert after == before.replace("a" * 12, "b" * 12)
    assert re.fullmatch(r"[\w.-]{1,120}", after)


def test_two_machines_with_different_bases_do_not_build_under_one_tag(
    machine: Machine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Machine(tmp_path_factory.mktemp("other"), machine.builder)
    machine.publish(OLD)
    other.publish(MENDED)
    assert machine.run("tag", "linux/amd64")[0] != other.run("tag", "linux/amd64")[0]


def test_without_the_registry_the_copy_of_the_machine_is_built_on_and_that_is_said(machine: Machine) -> None:
    machine.publish(OLD)
    online, _ = machine.run("tag", "linux/amd64")
    machine.registry.unlink()
    offline, said = machine.run("tag", "linux/amd64")
    assert offline == online
    assert "cannot be pulled" in said
    assert OLD in said
    assert "may not be the newest" in said


def test_without_any_copy_the_tag_says_that_nobody_knows_the_base(machine: Machine) -> None:
    tag, said = machine.run("tag", "linux/amd64")
    assert tag.endswith("-unpinned")
    assert "unpinned" in said
    machine.run("build", "reelsift:x", "linux/amd64")
    assert machine.build_arguments()["PYTHON"] == NAME
    assert machine.build_arguments()["BASE_DIGEST"] == "unknown"


def test_what_was_resolved_once_is_not_resolved_again(machine: Machine) -> None:
    machine.publish(OLD)
    base, _ = machine.run("base", "linux/amd64")
    machine.publish(MENDED)
    tag, _ = machine.run("tag", "linux/amd64", BASE=base)
    assert tag.endswith(f"-{'a' * 12}")


def test_a_mirror_is_asked_by_its_own_name(machine: Machine) -> None:
    machine.publish(OLD)
    base, _ = machine.run("base", "linux/amd64", BASE_IMAGE="mirror.example:5000/python:3.11-slim")
    assert base == f"mirror.example:5000/python@{OLD}"
    pinned = f"mirror.example:5000/python@{MENDED}"
    assert machine.run("base", "linux/amd64", BASE_IMAGE=pinned)[0] == pinned


def test_the_image_has_the_oldest_python_that_is_tested() -> None:
    versions = admitted_versions()
    assert f"python:{versions[0]}-slim" in (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert f"python:{versions[0]}-slim" in (PROJECT / ".ci" / "image-base").read_text(encoding="utf-8")


def test_the_workflow_runs_the_suite_on_every_version_that_is_admitted() -> None:
    workflow = (PROJECT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    (matrix,) = re.findall(r"python: \[(.*)\]", workflow)
    assert re.findall(r'"([\d.]+)"', matrix) == admitted_versions()
    assert re.findall(r'python-version: "([\d.]+)"', workflow) == admitted_versions()[:1]


def admitted_versions() -> list[str]:
    """The minor versions of Python 3 that both packages admit."""
    found = set()
    for project in (PROJECT, PROJECT / "service" / "rekognition_cloud"):
        required = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
        admitted = SpecifierSet(required)
        found.add(tuple(f"3.{minor}" for minor in range(100) if f"3.{minor}.99" in admitted))
    (versions,) = found
    return list(versions)
