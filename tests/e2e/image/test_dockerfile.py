"""What the linters of Dockerfiles say."""

import subprocess
import sys
from pathlib import Path

from e2e.image.builder import PROJECT
from support import needs

DOCKERFILE = PROJECT / "Dockerfile"


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "--no-color", DOCKERFILE], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_checkov_finds_nothing() -> None:
    results = needs.checkov("--file", DOCKERFILE, "--framework", "dockerfile")["results"]
    assert results["passed_checks"]
    assert (results["failed_checks"], results["parsing_errors"]) == ([], [])
