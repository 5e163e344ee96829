"""What tests need is tried out: missing, broken and useless are told apart, and each is told in one line."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from support import needs
from support.browser import chromium

TESTS = Path(__file__).parents[1]

Fake = Callable[[str, str], None]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Puts commands into what is the whole PATH of the test."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)

    def fake(command: str, does: str) -> None:
        (tmp_path / command).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / command).chmod(0o755)

    return fake


def lacking(use: Callable[[], object]) -> str:
    with pytest.raises(needs.LackingError) as lacking:
        use()
    return str(lacking.value)


def skipped(use: Callable[[], object]) -> str:
    with pytest.raises(pytest.skip.Exception) as skipped:
        use()
    return str(skipped.value)


def start_chromium() -> None:
    with chromium():
        pass


def test_a_need_is_looked_for_once(fake: Fake) -> None:
    looks = []

    @needs.Need
    def need() -> str:
        looks.append("")
        return needs.installed("tool")

    assert [skipped(need), skipped(need), len(looks)] == ["tool is not installed", "tool is not installed", 1]
    fake("tool", "")
    assert need.look().endswith("/tool")


@pytest.mark.usefixtures("fake")
def test_a_test_that_lacks_something_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="chromium is not installed"):
        needs.Need(needs.chromium.look)()


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        ("exit 3", "terraform does not run: exit code 3"),
        ("echo started; echo a library is missing >&2; exit 127", "terraform does not run: started"),
        ("echo Terraform", "terraform does not run: it does not tell its version"),
        ("""echo '{"terraform_version": "1.5.7"}'""", "terraform 1.5 is too old: tests need 1.11"),
    ],
)
def test_a_terraform_that_is_of_no_use(fake: Fake, does: str, reason: str) -> None:
    assert lacking(needs.terraform.look) == "terraform is not installed"
    fake("terraform", does)
    assert lacking(needs.terraform.look) == reason


def test_a_command_that_is_none(fake: Fake, tmp_path: Path) -> None:
    fake("make", "")
    (tmp_path / "make").write_bytes(b"\x7fELF of another machine")
    assert lacking(needs.make.look).startswith("make does not run: [Errno 8] Exec format error")


NO_PROVIDER = 'echo "$*" >> "$0.told"; echo "Error: Failed to query available provider packages" >&2; exit 1'


@pytest.fixture
def terraform(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    fake("terraform", NO_PROVIDER)
    monkeypatch.setattr(needs, "terraform", lambda: str(tmp_path / "terraform"))
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    return tmp_path / "terraform"


def test_a_terraform_without_providers_is_asked_for_them_once(terraform: Path, tmp_path: Path) -> None:
    providers = needs.Providers()
    for _ in range(2):
        assert skipped(lambda: providers.install(tmp_path, "-backend=false")) == "terraform finds no provider for AWS"
    told = terraform.with_name("terraform.told").read_text()
    assert told == "init -input=false -no-color -backend=false\n"


@pytest.mark.usefixtures("terraform")
def test_a_cli_configuration_that_does_not_exist_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/nowhere.tfrc")
    reason = skipped(lambda: needs.Providers().install(tmp_path))
    assert reason.endswith(" (TF_CLI_CONFIG_FILE names /nowhere.tfrc, which does not exist)")


@pytest.mark.usefixtures("terraform")
def test_a_module_that_is_wrong_is_no_provider_that_is_missing(fake: Fake, tmp_path: Path) -> None:
    fake("terraform", 'echo "Error: Unsupported block type" >&2; exit 1')
    with pytest.raises(AssertionError, match="Unsupported block type"):
        needs.Providers().install(tmp_path)


def test_a_checkov_that_is_of_no_use(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "_checkov", lambda: str(tmp_path / "checkov"))
    assert skipped(needs.checkov).startswith("checkov does not run: [Errno 2] No such file or directory")
    fake("checkov", 'echo "ImportError: no module named checkov" >&2; exit 1')
    assert skipped(needs.checkov) == "checkov does not run: ImportError: no module named checkov"
    fake("checkov", "echo {}; exit 1")
    assert needs.checkov() == {}


def test_a_chromium_that_is_of_no_use(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lacking(needs.chromium.look) == "chromium is not installed"
    monkeypatch.setattr(needs, "chromium", lambda: str(tmp_path / "chromium"))
    fake("chromium", "echo a library is missing >&2; exit 127")
    assert skipped(start_chromium) == "chromium does not start: a library is missing"
    fake("chromium", "exit 0")
    assert skipped(start_chromium).startswith("chromium does not start: BrowserType.launch: ")


SPIN = "echo 'int main(void) { return 0; }' > pan.c"
GCC = """printf '#!/bin/sh\\nexit "$STATUS"\\n' > pan; /bin/chmod +x pan"""


def test_a_model_checker_that_is_of_no_use(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    look = needs.model_checker.look
    assert lacking(look) == "spin is not installed"
    fake("spin", "exit 0")
    assert lacking(look) == "gcc is not installed"
    fake("gcc", "echo 'fatal error: stdio.h: No such file' >&2; echo '^~~~' >&2; exit 1")
    assert lacking(look) == "spin does not work: it writes no program"
    fake("spin", "echo 'unknown option -a' >&2; exit 2")
    assert lacking(look) == "spin does not work: unknown option -a"
    fake("spin", SPIN)
    assert lacking(look) == "gcc cannot compile what spin writes: fatal error: stdio.h: No such file"
    fake("gcc", GCC)
    monkeypatch.setenv("STATUS", "4")
    assert lacking(look) == "what gcc compiles does not run: exit code 4"
    monkeypatch.setenv("STATUS", "0")
    look()


def test_an_image_builder_that_is_of_no_use(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    look = needs.image_builder.look
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert lacking(look) == "to build the image without a daemon, and to mount it, takes root"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for command in ("buildah", "unshare", "nsenter"):
        assert lacking(look) == f"{command} is not installed"
        fake(command, f"echo '{command}: Operation not permitted' >&2; exit 1")
    assert lacking(look) == "namespaces cannot be made here: unshare: Operation not permitted"
    fake("unshare", "")
    assert lacking(look) == "buildah builds nothing here: buildah: Operation not permitted"
    fake("buildah", "")
    look()


def test_recordings_that_are_of_no_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECORDED_ANSWERS", raising=False)
    assert lacking(needs.recordings.look) == "RECORDED_ANSWERS names no folder of recordings"
    monkeypatch.setenv("RECORDED_ANSWERS", str(tmp_path))
    for part in ("batch", "inventory"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "recording").touch()
    assert lacking(needs.recordings.look) == f"RECORDED_ANSWERS names {tmp_path}, where there is no moderation"


def test_no_test_looks_for_its_needs_elsewhere() -> None:
    elsewhere = [
        file.name
        for file in TESTS.rglob("*.py")
        if file not in (Path(needs.__file__), Path(__file__))
        and any(name in file.read_text() for name in ("pytest.skip", "skipif", "importorskip", "shutil.which"))
    ]
    assert elsewhere == []
