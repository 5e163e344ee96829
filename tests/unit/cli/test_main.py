import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from reelsift import __version__
from reelsift.cli.main import app, main

COMMANDS = (
    "submit",
    "status",
    "pause",
    "resume",
    "cancel",
    "retry",
    "show",
    "search",
    "report",
    "inspect",
    "redrive",
    "doctor",
    "smoke",
    "worker",
    "local",
)

NOT_UTF8 = os.fsdecode(b"caf\xe9")
"""As Python has what a terminal wrote in Latin-1."""


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "REELSIFT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_the_version_is_data() -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"reelsift {__version__}\n")


def test_help_names_every_command_in_80_columns() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert f"│ {command} " in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    "command",
    [
        "status",
        "pause x",
        "resume x",
        "cancel x",
        "retry x",
        "show x",
        "search --label x",
        "report x",
        "redrive",
        "doctor",
        "smoke",
        "worker",
    ],
)
def test_missing_settings_are_named_all_at_once(command: str) -> None:
    result = run(*command.split())
    assert (result.exit_code, result.stdout) == (2, "")
    for name in ("WORK_BUCKET", "DATA_BUCKETS", "COMPLETIONS_TOPIC_ARN", "ALERTS_TOPIC_ARN", "REKOGNITION_ROLE_ARN"):
        assert f"REELSIFT_{name} is not set" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_dot_env_file_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("REELSIFT_WORK_BUCKET=work\n")
    assert "REELSIFT_WORK_BUCKET" not in run("status").stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["submit", "missing.csv", "--yes"], "there is no file missing.csv"),
        (["submit", "-", "-", "--yes"], "only once"),
        (["submit", "-"], "add --yes"),
        (["submit", "-", "--yes", "--analyses", "people"], "content_moderation, labels"),
        (["pause"], "Missing argument"),
        (["cancel", "x", "y"], "unexpected extra argument"),
        (["retry", "x", "--reason", "bad_line"], "no object is known of such a line"),
        (["retry", "x", "--reason", "nonsense"], "--reason takes one of"),
        (["retry", "x", "--max-cost", "-1"], "--max-cost takes US dollars above 0"),
        (["retry", "x", "--max-cost", "nan"], "--max-cost takes US dollars above 0"),
        (["retry", "x", "--max-cost", "1", "--no-max-cost"], "exclude each other"),
        (["retry", "x", "--reason", "already_analysed"], "--again"),
        (["search"], "--label, --text, --celebrity or --cue, --verdict or --status"),
        (["search", "--label", "x", "--text", "y"], "--label and --text exclude each other"),
        (["search", "--text", "?!"], "'?!' has none"),
        (["search", "--cue", "black"], "the cues are BlackFrames, "),
        (["search", "--verdict", "maybe"], "review, reject, incomplete, approve"),
        (["search", "--verdict", "approve"], "--batch"),
        (["search", "--verdict", "review", "--min-confidence", "9"], "--label"),
        (["search", "--label", "x", "--csv", "--json"], "exclude each other"),
        (["report", "x", "--csv", "--json"], "exclude each other"),
        (["redrive", "--queue", "completion"], "add --drop"),
        (["redrive", "--queue", "frob"], "intake, priority or begun, not 'frob'"),
        (["redrive", "--drop", "--queue", "frob"], "intake, priority, begun or completion, not 'frob'"),
        (["events", "resend", "--since", "2026-11-30", "--after", "garbage"], "40 hexadecimal digits, not 'garbage'"),
        (["events", "resend", "--since", "2026-11-30", "--after", "0:list.csv:7"], "40 hexadecimal digits"),
        (["events", "resend", "--batch", "b", "--after", "f" * 40], "such as 0:list.csv:7, not 'fff"),
        (["review", "export", "--csv", "nodir/a.csv"], "there is no folder nodir; make it"),
        (["review", "export", "--parquet", "nodir/a.parquet"], "there is no folder nodir; make it"),
        (["submit", ""], "a source without a name was given"),
        (["import", "--settings-as-set", ""], "a source without a name was given"),
        (["inspect", ""], "a FILE without a name was given"),
        (["status", NOT_UTF8], "is not UTF-8"),
        (["submit", f"s3://videos/{NOT_UTF8}/", "--yes"], "is not UTF-8"),
        (["submit", "list.csv", "--name", NOT_UTF8], "is not UTF-8"),
        (["hold", "--note", NOT_UTF8], "is not UTF-8"),
        (["decide", "x", "reject", "--reason", NOT_UTF8], "is not UTF-8"),
        (["events", "resend", "--prefix", f"s3://videos/{NOT_UTF8}"], "is not UTF-8"),
        (["local", "up", "--deployment", "a b"], "it takes 2 to 32 lower-case"),
        (["local", "console", "--deployment", ""], "it takes 2 to 32 lower-case"),
        (["review", "export", "--csv", "."], ". is a folder, and a file is to be written"),
        (["review", "export", "--holds", ".", "--overwrite"], ". is a folder, and a file is to be written"),
        (["review", "export", "--statements", __file__], "is a file: name another folder"),
        (["report", "x", "--download", f"{__file__}/july"], "is a file: name another folder"),
        (["report", "x", "--html", "nodir/page.html"], "there is no folder nodir; make it"),
        (["policy", "advise", "--out", "nodir/policy.yaml"], "there is no folder nodir; make it"),
        (["policy", "advise", "--out", ".", "--overwrite"], ". is a folder, and a file is to be written"),
        (["review", "export", "--statements", "st", "--overwrite"], "a folder of statements has to be empty"),
        (["status", "--unknown"], "No such option"),
        (["stauts"], "Did you mean"),
    ],
)
def test_wrong_use_is_2_and_says_what_is_right(arguments: list[str], says: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in " ".join(result.stderr.split())


def test_a_policy_that_cannot_work_stops_the_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {
        "WORK_BUCKET": "work",
        "DATA_BUCKETS": "videos",
        "COMPLETIONS_TOPIC_ARN": "arn:aws:sns:us-east-1:1:c",
        "ALERTS_TOPIC_ARN": "arn:aws:sns:us-east-1:1:a",
        "REKOGNITION_ROLE_ARN": "arn:aws:iam::1:role/r",
        "POLICY": str(tmp_path / "policy.yaml"),
        "LIVENESS_FILE": str(tmp_path / "alive"),
    }.items():
        monkeypatch.setenv(f"REELSIFT_{name}", value)
    result = run("worker")
    assert result.exit_code == 2
    assert "policy.yaml: No such file" in result.stderr
    assert run("worker", "--check").exit_code == 1
    (tmp_path / "alive").touch()
    assert run("worker", "--check").exit_code == 0


def test_a_fault_of_reelsift_is_a_sentence_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("reelsift.cli.main.app", fail)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("error: this is a fault of reelsift: ZeroDivisionError: oops\n")


@pytest.mark.parametrize(
    ("closed", "arguments", "code"),
    [
        (">&-", ["policy", "check", "policy.yaml"], 0),
        (">&- 2>&-", ["policy", "check", "policy.yaml"], 0),
        ("2>&-", ["policy", "check", "missing.yaml"], 2),
        ("<&-", ["inspect", "-"], 2),
    ],
)
def test_a_stream_that_was_closed_is_no_fault(closed: str, arguments: list[str], code: int, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("content_moderation: {Weapons: {review: 50}}\n")
    command = ["sh", "-c", f'"$@" {closed}', "sh", sys.executable, "-m", "reelsift.cli", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, "fault of reelsift" in ended.stderr) == (code, False)


def test_an_interrupt_while_the_commands_are_loaded_is_no_traceback() -> None:
    code = (
        "import sys; from reelsift.cli.__main__ import main\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'reelsift.cli.main': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "main()"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_nothing_of_aws_is_imported_for_help() -> None:
    code = (
        "import sys; import reelsift.cli.main;"
        "print([name for name in ('aiobotocore', 'boto3', 'botocore', 'moto', 'structlog') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "[]\n"
