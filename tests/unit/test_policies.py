"""Where a policy comes from, and what it says."""

from pathlib import Path

import pytest

from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Policy
from reelsift.domain.sought_text import split_words
from reelsift.errors import PolicyUnusable
from reelsift.policies import MOST_WORDS_BYTES, read_policy

WORDS_FILE = "text: {slurs: {words_file: lists/slurs.txt, review: 80}}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "lists").mkdir()
    (tmp_path / "policy.yaml").write_text(WORDS_FILE)
    return tmp_path / "policy.yaml"


def write_words(file: Path, content: bytes) -> None:
    (file.parent / "lists" / "slurs.txt").write_bytes(content)


def test_a_file_of_words_is_read_beside_the_policy(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_words(file, "\ufeff# one a line\n\n  Foo bar  \r\nbaz\n".encode())
    monkeypatch.chdir("/")
    written_out = Policy.parse('text: {slurs: {words: [baz, "foo BAR", baz], review: 80}}')
    assert read_policy(file).digest == written_out.digest


def test_a_comment_behind_a_word_is_no_part_of_it(file: Path) -> None:
    write_words(file, "foo # the first\nC# here\t#second\nbar\u3000# third # fourth\n   #fifth\n".encode())
    assert read_policy(file).digest == Policy.parse('text: {slurs: {words: [foo, "C# here", bar], review: 80}}').digest


def test_terraform_reads_files_of_words_as_reelsift_does() -> None:
    """What Terraform makes of these is in terraform/tests/policy.tftest.hcl, and here in YAML."""
    folder = Path(__file__).parents[2] / "terraform" / "tests"
    words = ("white power", "it's 100 $")
    assert f'none     = {{ words = ["{words[0]}", "{words[1]}"] }}' in (folder / "policy.tftest.hcl").read_text()
    found = read_policy(folder / "policies" / "words.yaml").rules.by_name[Analysis.TEXT]["none"].sought
    assert found is not None
    assert set(found.phrases) == set(map(split_words, words))


def test_the_digest_covers_the_words_of_files(file: Path) -> None:
    write_words(file, b"foo\n")
    before = read_policy(file).digest
    write_words(file, b"foo\nbar\n")
    assert read_policy(file).digest != before


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "text.slurs.words_file: lists/slurs.txt: No such file or directory"),
        (b"# none yet\n", "text.slurs.words_file: lists/slurs.txt has no words"),
        (b"foo\n\xff\n", "text.slurs.words_file: lists/slurs.txt is not text in UTF-8: see byte 4"),
        (b"foo\n!!!\n", "text.slurs.words_file: '!!!' has neither letter nor digit: only a pattern can find it"),
        (b"a" * (MOST_WORDS_BYTES + 1), "text.slurs.words_file: lists/slurs.txt is larger than 16 MiB"),
    ],
)
def test_a_file_of_words_that_cannot_be_used_is_told_with_its_key(
    file: Path, content: bytes | None, problem: str
) -> None:
    if content is not None:
        write_words(file, content)
    with pytest.raises(PolicyUnusable) as refused:
        read_policy(file)
    assert problem in str(refused.value)
