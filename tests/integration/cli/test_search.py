import csv
import json
from typing import Any

from integration.cli.conftest import Deployed
from integration.cli.rows import NOW_MS, analysed, job, make_batch, outcome, segment
from reelsift.aws.deployment import Deployment
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Verdict
from reelsift.domain.video import Video

CALM = Video("videos", "calm, really.mp4", "e1")
ROUGH = Video("videos", "rough.mp4", "e2")
WORST = Video("videos", "worst.mp4", "e3")


async def analyse(deployment: Deployment) -> None:
    await analysed(deployment, job(CALM, result_key="results/1.json"), [segment("Violence", 55.0)], Verdict.APPROVE)
    review = job(ROUGH, peak_label="Violence", result_key="results/2.json")
    await analysed(deployment, review, [segment("Violence", 80.0), segment("Smoking", 70.0)], Verdict.REVIEW)
    reject = job(WORST, result_key="results/3.json", settled_ms=NOW_MS + 86_400_000)
    await analysed(deployment, reject, [segment("Violence", 99.5)], Verdict.REJECT)
    labels = job(ROUGH, analysis=Analysis.LABELS, result_key="results/4.json")
    await analysed(deployment, labels, [segment("Violence", 60.0, analysis=Analysis.LABELS)])


async def analyse_batch(deployment: Deployment) -> None:
    await analyse(deployment)
    await make_batch(deployment, "b1", ["calm, really.mp4", "rough.mp4", "missing.mp4"])
    verdicts = [(CALM, "approve"), (ROUGH, "review")]
    await deployment.outcomes.record(
        [
            outcome("b1", row, video_id=video.video_id, verdict=verdict)
            for row, (video, verdict) in enumerate(verdicts, 1)
        ]
        + [outcome("b1", 3)]
    )


def found(deployed: Deployed, *arguments: str) -> list[dict[str, Any]]:
    result = deployed.cli("search", *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_label_is_found_most_confident_first(deployed: Deployed) -> None:
    deployed.do(analyse)
    videos = found(deployed, "--label", "Violence", "--min-confidence", "60")
    assert [(entry["video"], entry["peak_confidence"], entry["verdict"]) for entry in videos] == [
        ("s3://videos/worst.mp4", 99.5, "reject"),
        ("s3://videos/rough.mp4", 80.0, "review"),
        ("s3://videos/rough.mp4", 60.0, "review"),
    ]
    assert videos[0]["peak_ms"] == 500


def test_label_and_verdict_must_both_hold(deployed: Deployed) -> None:
    deployed.do(analyse)
    assert [entry["video_id"] for entry in found(deployed, "--label", "Violence", "--verdict", "approve")] == [
        CALM.video_id
    ]
    assert found(deployed, "--label", "Smoking", "--verdict", "reject") == []


def test_a_verdict_is_found_newest_first_and_since_a_day(deployed: Deployed) -> None:
    deployed.do(analyse)
    assert [entry["label"] for entry in found(deployed, "--verdict", "review")] == ["Violence"]
    assert found(deployed, "--verdict", "review", "--since", "2026-05-29") == []
    assert len(found(deployed, "--verdict", "reject", "--since", "2026-05-29")) == 1
    assert {entry["verdict"] for entry in found(deployed, "--status", "in_review")} == {"review", "reject"}


def test_a_batch_is_searched_by_its_own_lines(deployed: Deployed) -> None:
    deployed.do(analyse_batch)
    assert [entry["video_id"] for entry in found(deployed, "--verdict", "approve", "--batch", "b1")] == [CALM.video_id]
    with_label = found(deployed, "--label", "Violence", "--min-confidence", "70", "--batch", "b1")
    assert [(entry["video_id"], entry["peak_confidence"]) for entry in with_label] == [(ROUGH.video_id, 80.0)]
    assert deployed.cli("search", "--verdict", "review", "--batch", "nope").exit_code == 1


def test_what_this_version_cannot_read_is_left_out_and_said_to_be(deployed: Deployed) -> None:
    """It may be sealed, for all that this version knows."""

    async def a_later_version_writes(deployment: Deployment) -> None:
        key = {"video_id": ROUGH.video_id, "part": "status"}
        await deployment.reviews.table.update(key, "SET #failure = :failure", failure={"reason": "of_later"})

    deployed.do(analyse_batch)
    deployed.do(a_later_version_writes)
    for options in (
        ("--status", "in_review"),
        ("--label", "Violence", "--verdict", "review"),
        ("--batch", "b1", "--verdict", "review"),
    ):
        result = deployed.cli("search", *options, "--json")
        assert result.exit_code == 0
        assert ROUGH.video_id not in result.stdout
        assert "1 video left out: this version cannot read what is known of them" in result.stderr


def test_csv_has_a_header_and_quotes_what_needs_it(deployed: Deployed) -> None:
    deployed.do(analyse)
    result = deployed.cli("search", "--label", "Violence", "--csv")
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert rows[-1]["video"] == "s3://videos/calm, really.mp4"
    assert rows[-1]["peak_confidence"] == "55.0"


def test_a_limit_is_kept_and_the_table_says_that_there_is_more(deployed: Deployed) -> None:
    deployed.do(analyse)
    assert len(found(deployed, "--label", "Violence", "--limit", "2")) == 2
    result = deployed.cli("search", "--label", "Violence", "--limit", "2")
    assert "s3://videos/worst.mp4" in result.stdout
    assert "there are more than these 2" in result.stderr


def test_other_capitals_are_a_hint_not_a_riddle(deployed: Deployed) -> None:
    result = deployed.cli("search", "--label", "violence")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no moderation label is called 'violence'" in result.stderr
    assert "the nearest: Violence, " in result.stderr


def test_a_mistyped_label_is_told_which_there_are(deployed: Deployed) -> None:
    for shape in ([], ["--json"], ["--csv"]):
        said = deployed.cli("search", "--label", "Wepons", *shape).stderr
        assert "the nearest: Weapons, Weapon Violence, " in said
        assert "Gambling" in said


def test_a_search_that_finds_nothing_says_what_was_looked_at(deployed: Deployed) -> None:
    def said(*arguments: str) -> str:
        return deployed.cli("search", *arguments).stderr

    assert "nothing was analysed in the newest batches yet" in said("--verdict", "reject")
    deployed.do(analyse_batch)
    assert "3 lines in the newest batches were analysed, and no video shows Gambling" in said("--label", "Gambling")
    assert "3 lines in b1 were analysed, none with this verdict" in said("--verdict", "reject", "--batch", "b1")
    assert "Violence is found with 99.5 % at the most" in said("--label", "Violence", "--min-confidence", "99.9")
    assert "in that time" not in said("--status", "restricted")
    assert "in that time" in said("--status", "restricted", "--since", "2026-05-29")
    assert "were analysed, and no video shows xxx" in said("--text", "x" * 3000)
    assert "no moderation label is called 'xxx" in said("--label", "x" * 3000)


async def write_texts(deployment: Deployment) -> None:
    """Two videos that show the words of a sale; one has credits, of which not all words are found."""
    sale = segment("BIG\u001b[31m Sale", 91.0, analysis=Analysis.TEXT)
    await analysed(deployment, job(CALM, analysis=Analysis.TEXT, result_key="results/5.json"), [sale])
    credited = [segment(f"name{number}", 99.0, analysis=Analysis.TEXT) for number in range(250)]
    longest = segment("No sale", 96.0, samples=9, analysis=Analysis.TEXT)
    text = job(ROUGH, analysis=Analysis.TEXT, result_key="results/6.json")
    await analysed(deployment, text, [*credited, longest])


def test_words_are_found_in_texts(deployed: Deployed) -> None:
    deployed.do(analyse)
    deployed.do(write_texts)
    videos = found(deployed, "--text", "SALE")
    assert [(one["video_id"], one["label"], one["peak_confidence"], one["verdict"]) for one in videos] == [
        (ROUGH.video_id, "No sale", 96.0, "review"), (CALM.video_id, "BIG\u001b[31m Sale", 91.0, "approve")
    ]  # fmt: skip
    assert [one["words_left_out"] for one in videos] == [52, 0]
    assert [one["video_id"] for one in found(deployed, "--text", "big sale")] == [CALM.video_id]
    assert [one["video_id"] for one in found(deployed, "--text", "sale", "--verdict", "review")] == [ROUGH.video_id]
    assert found(deployed, "--text", "sale", "--min-confidence", "97") == []


def test_a_table_of_texts_says_that_not_all_words_are_found_and_obeys_none_of_them(deployed: Deployed) -> None:
    deployed.do(analyse)
    deployed.do(write_texts)
    result = deployed.cli("search", "--text", "sale")
    assert "\u001b[31m" not in result.stdout
    assert "of each the 200 that are read longest" in " ".join(result.stderr.split())
    assert "of each" not in deployed.cli("search", "--text", "big").stderr


def test_texts_are_found_in_a_batch_and_a_search_for_words_says_what_it_looks_at(deployed: Deployed) -> None:
    deployed.do(analyse_batch)
    deployed.do(write_texts)
    assert [one["video_id"] for one in found(deployed, "--text", "sale", "--batch", "b1", "--verdict", "approve")] == [
        CALM.video_id
    ]
    said = " ".join(deployed.cli("search", "--text", "big june").stderr.split())
    assert "the longest of these words is found with 91.0 % at the most" not in said
    assert "no video shows big june; of each video the 200 words that are read longest can be found" in said


def test_words_of_a_text_that_its_item_has_no_room_for_are_looked_up_in_the_result(deployed: Deployed) -> None:
    async def write_credits(deployment: Deployment) -> None:
        crowd = [segment(f"Director number{number}", 99.0, number, analysis=Analysis.TEXT) for number in range(50)]
        last = segment("Director of Photography", 60.0, 9_000, analysis=Analysis.TEXT)
        text = job(ROUGH, analysis=Analysis.TEXT, result_key="results/7.json")
        await analysed(deployment, text, [*crowd, last])

    deployed.do(write_credits)
    (video,) = found(deployed, "--text", "director of")
    assert (video["label"], video["peak_confidence"], video["peak_ms"]) == ("Director of Photography", 60.0, 9_000)
    assert found(deployed, "--text", "director for") == []
