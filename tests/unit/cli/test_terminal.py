import pytest

from reelsift.cli.terminal import complain, printable


def test_names_cannot_steer_the_terminal() -> None:
    assert printable("a\x1b[2J\r\u202eb\udc80 ä\nc") == "a\\x1b[2J\\r\\u202eb\\udc80 ä\nc"


def test_further_lines_of_an_error_are_indented(capsys: pytest.CaptureFixture[str]) -> None:
    complain("two things:\nthis\nthat")
    assert capsys.readouterr().err == "error: two things:\n  this\n  that\n"
