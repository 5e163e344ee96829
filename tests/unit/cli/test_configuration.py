import pytest

from reelsift.cli import configuration
from reelsift.settings import Settings


def test_every_setting_has_a_row_that_says_what_it_means() -> None:
    page = configuration.document()
    for name, info in Settings.model_fields.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `REELSIFT_{name.upper()}` |")]
        assert info.description is not None
        assert info.description in row
        assert len(row.replace("\\|", "").split("|")) == 6


def test_a_setting_without_a_group_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration, "GROUPS", configuration.GROUPS[1:])
    with pytest.raises(ValueError, match="work_bucket"):
        configuration.document()


def test_defaults_are_written_as_they_would_be_set() -> None:
    rows = {line.split("`")[1]: line for line in configuration.document().splitlines() if line.startswith("| `")}
    assert "| **required** |" in rows["REELSIFT_WORK_BUCKET"]
    assert "| `auto` |" in rows["REELSIFT_QUOTA"]
    assert "| `content_moderation` |" in rows["REELSIFT_ANALYSES"]
    assert "| `0.10` |" in rows["REELSIFT_PRICE_LABELS"]
    assert "at least 0, at most 900 | `30` |" in rows["REELSIFT_RETRY_DELAY_S"]
    assert "| none |" in rows["REELSIFT_POLICY"]


def test_the_page_does_not_depend_on_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    before = configuration.document()
    monkeypatch.setenv("TMPDIR", "/elsewhere")
    monkeypatch.setattr("tempfile.tempdir", None)
    assert configuration.document() == before
