"""`decide`: what is refused before anything is asked for, and what is said of a file."""

import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from reelsift.cli import decide_many
from reelsift.cli.main import app
from reelsift.cli.terminal import write_out


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["decide", *arguments])


@pytest.fixture(autouse=True)
def nothing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a deployment has gone too far."""

    def opened(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("reelsift.cli.decide.on_deployment", opened)
    monkeypatch.setattr("reelsift.cli.decide_many.on_deployment", opened)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "decisions.csv"
    path.write_text("video,action\nv,approve\n")
    return path


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("withdraw", "--decision", "1"), "withdraw is about a decision of one video: leave --same-content away"),
        (("uphold", "--appeal", "A1"), "uphold is about an appeal of one video: leave --same-content away"),
        (("overturn", "--appeal", "A1", "--to", "approve"), "overturn is about an appeal of one video"),
    ],
)
def test_what_is_about_one_video_is_not_done_to_others_of_its_content(
    arguments: tuple[str, ...], sentence: str
) -> None:
    result = run("s3://b/k", *arguments, "--same-content", "--yes")
    assert (result.exit_code, sentence in result.stderr) == (2, True), result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--reason", "nudity"),
        ("--note", ""),
        ("--age", "18"),
        ("--territory", "DE"),
        ("--warning-label", "Blood"),
        ("--demote",),
        ("--demonetise",),
        ("--kind", "legal"),
        ("--decision", "1"),
        ("--seen-decision", "0"),
        ("--etag", "e"),
        ("--appeal", "A1"),
        ("--to", "approve"),
        ("--same-content",),
    ],
)
def test_a_file_takes_no_option_of_one_decision(file: Path, options: tuple[str, ...]) -> None:
    result = run("--from", str(file), "--yes", "--as", "Anna", "--json", *options)
    assert result.exit_code == 2
    assert f"{options[0]}: not with --from, which takes --as, --yes and --json beside it" in result.stderr


def test_a_file_has_keys_of_its_own(file: Path) -> None:
    result = run("--from", str(file), "--yes", "--idempotency-key", "k")
    assert (result.exit_code, "--from has keys of its own" in result.stderr) == (2, True)


def test_what_is_no_file_of_decisions_is_said_in_words_of_decisions(tmp_path: Path) -> None:
    missing = run("--from", str(tmp_path / "nofile.csv"), "--yes")
    assert missing.exit_code == 2
    assert "nofile.csv; --from takes a file of decisions: docs/deciding.md" in missing.stderr
    folder = run("--from", str(tmp_path), "--yes")
    assert (folder.exit_code, "is no list of decisions: it is a folder" in folder.stderr) == (2, True)
    os.mkfifo(tmp_path / "pipe")
    for piped in ("-", str(tmp_path / "pipe")):
        result = run("--from", piped, "--yes")
        assert (result.exit_code, "write what is piped to it into a file first" in result.stderr) == (2, True)


def test_a_column_that_nothing_is_known_of_is_said_before_anything_is_decided(tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    path.write_text("video,action,reasons,age,teritory\nv,restrict,nudity,18,DE\n")
    result = run("--from", str(path), "--yes")
    assert (result.exit_code, "'teritory' (territories?)" in result.stderr) == (2, True), result.stderr


def test_whoever_interrupts_a_file_is_told_that_it_goes_on(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("reelsift.cli.decide_many.on_deployment", interrupted)
    result = run("--from", str(file), "--yes")
    assert result.exit_code == 130
    assert "error: interrupted; run the same file again, and it goes on where it stopped" in result.stderr


@pytest.mark.parametrize(("terminal", "written"), [(True, "a\\x1b[2J,b\n"), (False, "a\x1b[2J,b\n")])
def test_data_steers_no_terminal_and_reaches_a_program_as_it_is(
    *, terminal: bool, written: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    write_out("a\x1b[2J,b\n")
    assert capsys.readouterr().out == written


def test_the_answers_of_a_file_are_escaped_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    output = decide_many._Output(as_json=False)
    output.write(dict.fromkeys(decide_many.COLUMNS) | {"row": 2, "video": "s3://b/\x1b[2J"})
    assert capsys.readouterr().out.splitlines()[1:] == ["2,s3://b/\\x1b[2J,,,,,,"]
