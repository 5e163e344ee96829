"""What the linters of Dockerfiles say."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.image.builder import PROJECT

DOCKERFILE = PROJECT / "Dockerfile"


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "--no-color", DOCKERFILE], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_checkov_finds_nothing() -> None:
    own = PROJECT / ".venv" / "checkov" / "bin" / "checkov"
    checkov = own if own.exists() else shutil.which("checkov")
    if checkov is None:
        missing = "checkov is neither in .venv/checkov nor on PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    done = subprocess.run(
        [checkov, "--file", DOCKERFILE, "--framework", "dockerfile", "--compact", "--quiet", "--skip-download"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
