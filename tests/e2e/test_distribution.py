"""What is built for others: the wheel of reelsift, without the embedded cloud, and with the version of a tag."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", "service/reelsift")
CLOUD = ROOT / "service" / "rekognition_cloud"

ANSWER = {
    "JobStatus": "SUCCEEDED",
    "VideoMetadata": {"DurationMillis": 4000, "FrameRate": 25.0, "Codec": "h264"},
    "ModerationModelVersion": "7.0",
    "ModerationLabels": [
        {
            "Timestamp": 500,
            "ModerationLabel": {"Name": "Violence", "ParentName": "", "Confidence": 97.25, "TaxonomyLevel": 1},
            "ContentTypes": [],
        }
    ],
}


def run(*command: object, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def plain_environment(**variables: str) -> dict[str, str]:
    """Without what would lead Python or git somewhere else."""
    plain = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHON", "SETUPTOOLS_"))
    }
    return plain | variables


def build(source: Path, target: str, folder: Path) -> Path:
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder, cwd=source, env=plain_environment())
    (built,) = folder.iterdir()
    return built


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel in it, and with the libraries of this one, but not its editable
    installs: those are .pth files, which are not read in a folder that a .pth file names.
    """
    environment = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps", wheel)
    folder = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", env=plain_environment())
    Path(folder.strip(), "libraries.pth").write_text(
        "".join(f"{sysconfig.get_path(name)}\n" for name in ("purelib", "platlib"))
    )
    return environment / "bin"


def test_the_wheel_holds_reelsift_and_nothing_else(wheel: Path) -> None:
    package = ROOT / "service" / "reelsift"
    files = {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in contents(wheel) if ".dist-info/" not in name} == files
    assert {"reelsift/py.typed", "reelsift/smoke/clip.mp4"} <= files


def test_the_installed_wheel_inspects_a_recorded_answer_without_the_embedded_cloud(
    installed: Path, tmp_path: Path
) -> None:
    find = "from importlib.util import find_spec; print(find_spec('reelsift').origin, find_spec('rekognition_cloud'))"
    origin, cloud = run(installed / "python", "-c", find, cwd=tmp_path, env=plain_environment()).split()
    assert Path(origin).is_relative_to(installed.parent)
    assert cloud == "None"
    recording = tmp_path / "answer.json"
    recording.write_text(json.dumps(ANSWER))
    shown = json.loads(run(installed / "reelsift", "inspect", recording, cwd=tmp_path, env=plain_environment()))
    assert shown["verdict"] == "review"
    (segment,) = shown["segments"]
    assert (segment["label"], segment["max_confidence"]) == ("Violence", 97.25)


@pytest.mark.parametrize("command", ["up", "demo"])
def test_without_the_embedded_cloud_its_commands_say_how_to_get_it(
    installed: Path, command: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [installed / "reelsift", "local", command],
        cwd=tmp_path,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "pip install ./service/rekognition_cloud" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_embedded_cloud_is_a_distribution_of_its_own(tmp_path: Path) -> None:
    built = contents(build(CLOUD, "wheel", tmp_path))
    files = {f"rekognition_cloud/{path.relative_to(CLOUD).as_posix()}" for path in CLOUD.rglob("*.py")}
    assert {name for name in built if ".dist-info/" not in name} == files | {"rekognition_cloud/py.typed"}
    with zipfile.ZipFile(next(tmp_path.iterdir())) as archive:
        (entries,) = (name for name in built if name.endswith("/entry_points.txt"))
        assert "rekognition-cloud = rekognition_cloud.__main__:main" in archive.read(entries).decode()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """What reelsift is built from, and nothing around it: no git."""
    folder = tmp_path / "source"
    for name in BUILT_FROM:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, target)
    return folder


@pytest.fixture
def repository(source: Path) -> "Repository":
    return Repository(source)


class Repository:
    """The source in a git repository of its own, one commit old."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet")
        self.commit()

    def git(self, *arguments: str) -> None:
        person = {f"GIT_{role}_{part}": "somebody" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
        settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        run("git", *arguments, cwd=self.folder, env=plain_environment(**person, **settings))

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a change")

    def tag(self, name: str) -> None:
        self.git("tag", name)


def version(folder: Path, **variables: str) -> str:
    return run(sys.executable, "-m", "hatchling", "version", cwd=folder, env=plain_environment(**variables)).strip()


def image_tag(repository: Repository) -> str:
    script = repository.folder / "terraform" / "image.sh"
    script.parent.mkdir(exist_ok=True)
    shutil.copy(ROOT / "terraform" / "image.sh", script)
    for name in ("Dockerfile", ".dockerignore", "service/requirements.lock", "service/requirements-build.lock"):
        shutil.copyfile(ROOT / name, repository.folder / name)
    return run(script, "tag", env=plain_environment())


def test_a_tag_is_the_version_and_commits_after_it_are_on_the_way_to_the_next(repository: Repository) -> None:
    assert version(repository.folder).startswith("0.")
    repository.tag("v1.2.3")
    assert version(repository.folder) == "1.2.3"
    repository.commit()
    assert version(repository.folder) == "1.2.4.dev1"


def test_without_git_the_version_is_the_one_that_is_told(source: Path) -> None:
    assert version(source) == "0.0.0"
    assert version(source, SETUPTOOLS_SCM_PRETEND_VERSION="2.0.1") == "2.0.1"


def test_an_sdist_builds_the_same_wheel_of_the_same_version(repository: Repository, tmp_path: Path) -> None:
    repository.tag("v1.2.3")
    direct = build(repository.folder, "wheel", tmp_path / "direct")
    with tarfile.open(build(repository.folder, "sdist", tmp_path / "sdist")) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    rebuilt = build(unpacked, "wheel", tmp_path / "rebuilt")
    assert rebuilt.name == direct.name == "reelsift-1.2.3-py3-none-any.whl"
    assert contents(rebuilt) == contents(direct)


def test_an_image_bears_the_last_release_and_changes_its_tag_with_its_content_only(repository: Repository) -> None:
    assert image_tag(repository).startswith("0.0.0-")
    repository.tag("v1.2.3")
    released = image_tag(repository)
    assert released.startswith("1.2.3-")
    (repository.folder / "docs.md").write_text("more\n")
    (repository.folder / "service" / "rekognition_cloud").mkdir()
    (repository.folder / "service" / "rekognition_cloud" / "cloud.py").write_text("more = 1\n")
    repository.commit()
    assert image_tag(repository) == released
    (repository.folder / "service" / "reelsift" / "more.py").write_text("more = 1\n")
    assert image_tag(repository).startswith("1.2.3-")
    assert image_tag(repository) != released
