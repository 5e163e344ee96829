"""A test of a policy says what the policy makes of every stored video, wherever its answers lie."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelsift.archive.part import FOLDER
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Policy, Verdict
from reelsift.domain.policy_test import LeftOut, Scope
from reelsift.domain.segments import Segment
from reelsift.domain.status import Status
from reelsift.policy_tests import run
from reelsift.policy_tests.run import run_test
from reelsift.reports.policy_test_report import unknowns
from support.archive import Archive, seen
from support.thoroughness import examples

MODERATION, LABELS, TEXT = Analysis.CONTENT_MODERATION, Analysis.LABELS, Analysis.TEXT
CREDITS = Analysis.SEGMENTS

STRICT = Policy.parse("content_moderation: {Violence: {review: 60, reject: 70}}")
"""Of what is violent the built-in policy says less."""


def policies() -> st.SearchStrategy[Policy]:
    number = st.sampled_from([0, 50, 60, 80, 95, 100])
    rule = st.fixed_dictionaries({}, optional={"review": number, "alert": number}).map(dict)
    ignoring = st.fixed_dictionaries(
        {"review": number},
        optional={"ignore_in": st.just(["EndCredits"]), "at_least": st.sampled_from(["500 ms", "1500 ms", "3 s"])},
    )
    drawn = st.fixed_dictionaries({"review": number}, optional={"animated": st.fixed_dictionaries({"review": number})})
    written = st.fixed_dictionaries({"words": st.just(["kill"]), "review": number})
    return (
        st.fixed_dictionaries(
            {},
            optional={
                "default": rule,
                "content_moderation": st.one_of(
                    st.just("off"), st.dictionaries(st.sampled_from(["Violence", "Weapons"]), ignoring | drawn)
                ),
                "labels": st.dictionaries(st.sampled_from(["Gun", "Person"]), ignoring, min_size=1),
                "text": st.dictionaries(st.just("threats"), written, min_size=1),
                "segments": st.dictionaries(st.just("Slate"), rule, min_size=1),
                "celebrities": st.dictionaries(st.just("1AbC"), rule, min_size=1),
                "together": st.fixed_dictionaries(
                    {
                        "Both": st.fixed_dictionaries(
                            {"labels": st.just(["Dog", "Gun"]), "within": st.just("1 s"), "review": number}
                        )
                    },
                    optional={
                        "Drunk": st.fixed_dictionaries(
                            {
                                "content_moderation": st.just(["Weapons", "Alcohol"]),
                                "within": st.just("1 s"),
                                "review": number,
                            }
                        )
                    },
                ),
            },
        )
        .filter(bool)
        .map(lambda document: Policy.parse(json.dumps(document)))
    )


def segments() -> st.SearchStrategy[Segment]:
    labels: dict[Analysis, list[tuple[str, tuple[str, ...]]]] = {
        MODERATION: [("Violence", ()), ("Weapons", ("Violence",)), ("weapons", ()), ("Alcohol", ())],
        LABELS: [("Rifle", ("Weapon", "Gun")), ("GÜN", ()), ("Gun", ()), ("Person", ()), ("Dog", ())],
        TEXT: [("kill", ()), ("hello", ())],
        CREDITS: [("EndCredits", ()), ("Shot", ()), ("Slate", ())],
        Analysis.CELEBRITIES: [("Jane Doe", ())],
        Analysis.FACES: [("Face", ())],
    }
    kinds = [{"types": ["Animated"], "samples": 1, "max_confidence": 49.0, "peak_ms": 500}]
    details = {
        MODERATION: {"content_types": kinds},
        TEXT: {"spellings": {"k1ll": 1, "to kill": 1}},
        Analysis.CELEBRITIES: {"id": "1AbC"},
    }

    def made(analysis: Analysis) -> st.SearchStrategy[Segment]:
        return st.builds(
            lambda label, confidence, start_ms, detailed: seen(
                analysis,
                label[0],
                confidence,
                *label[1],
                start_ms=start_ms,
                details=details.get(analysis, {}) if detailed else {},
                last_ms=start_ms + 500,
            ),
            st.sampled_from(labels[analysis]),
            st.sampled_from([49.0, 50.0, 59.9999, 60.0, 80.0, 95.0, 100.0]),
            st.integers(0, 2_000),
            st.booleans(),
        )

    return st.sampled_from(list(Analysis)).flatmap(made)


@st.composite
def videos(draw: st.DrawFn) -> Mapping[Analysis, list[Segment]]:
    analyses = draw(st.sets(st.sampled_from(list(Analysis)), min_size=1))
    found: dict[Analysis, list[Segment]] = {analysis: [] for analysis in analyses}
    for segment in draw(st.lists(segments(), max_size=8)):
        if segment.analysis in found:
            found[segment.analysis].append(segment)
    return found


@settings(max_examples=examples(15))
@given(
    policies(),
    policies(),
    st.lists(videos(), max_size=6),
    st.lists(st.integers(0, 3), min_size=40, max_size=40),
    st.sets(st.integers(0, 5)),
)
async def test_the_verdicts_are_those_of_the_policy_over_all_segments(
    before: Policy, after: Policy, found: list[Mapping[Analysis, list[Segment]]], places: list[int], decided: set[int]
) -> None:
    """However the answers are divided into parts, whether some lie in several, or in none."""
    archive = Archive(before)
    expected: Counter[Any] = Counter()
    statuses: Counter[Any] = Counter()
    parts: dict[int, list[tuple[int, Analysis]]] = {1: [], 2: [], 3: []}
    for number, of_video in enumerate(found):
        row = await archive.judged(number, of_video, decision=Status.APPROVED if number in decided else None)
        assert row.verdict is not None
        verdict = after.judge([each for some in of_video.values() for each in some], of_video).verdict
        now = verdict if after.needs else None
        expected[row.verdict.verdict, now] += 1
        moves = now is not None and number not in decided
        approved = Status.APPROVED if now is Verdict.APPROVE else Status.IN_REVIEW
        statuses[row.status, approved if moves else row.status] += 1
        for analysis in of_video:
            place = places.pop()
            for part in {0: [], 3: [1, 2]}.get(place, [place]):
                parts[part].append((number, analysis))
    for name, answers in parts.items():
        archive.put_part(str(name), answers)
    result = await run_test(archive.deployment, after)
    assert result.test.moves == expected
    assert result.test.status_moves == statuses
    assert result.test.concludes
    assert result.population == result.test.videos == len(found)


async def violent(number: int, archive: Archive, confidence: float = 75.0, **members: Any) -> None:
    await archive.judged(number, {MODERATION: [seen(MODERATION, "Violence", confidence)]}, **members)


async def test_what_the_copy_lacks_is_read_from_results() -> None:
    archive = Archive()
    for number in range(5):
        await violent(number, archive)
    archive.put_part("p", [(number, MODERATION) for number in range(3)])
    result = await run_test(archive.deployment, STRICT)
    assert (result.test.moves[Verdict.APPROVE, Verdict.REJECT], result.read) == (5, 2)


async def test_where_machines_reject_the_test_says_which_and_that_an_hour_has_a_limit() -> None:
    archive = Archive()
    for number in range(3):
        await violent(number, archive)
    archive.put_part("p", [(number, MODERATION) for number in range(3)])
    for version, alone in (("7.0", 3), ("6.1", 0), (None, 0)):
        models = None if version is None else {MODERATION: (version,)}
        result = await run_test(archive.deployment, STRICT, known_models=models)
        assert result.test.moves == {(Verdict.APPROVE, Verdict.REJECT): 3}
        assert result.test.status_moves[Status.APPROVED, Status.REJECTED] == result.test.alone == alone
        assert result.test.status_moves[Status.APPROVED, Status.IN_REVIEW] == 3 - alone
        assert any("machines would reject" in sentence for sentence in unknowns(result)) == bool(alone)


async def test_beyond_what_may_be_read_nothing_is_concluded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MOST_READ", 2)
    archive = Archive()
    for number in range(200):
        await violent(number, archive)
    archive.put_part("p", [(number, MODERATION) for number in range(196)])
    result = await run_test(archive.deployment, STRICT)
    assert (result.test.left_out[LeftOut.LACKING], result.test.covered, result.test.concludes) == (2, 0.99, True)
    archive.put_part("p", [(number, MODERATION) for number in range(195)])
    result = await run_test(archive.deployment, STRICT)
    assert (result.test.left_out[LeftOut.LACKING], result.test.concludes) == (3, False)


async def test_the_newest_attempt_counts() -> None:
    archive = Archive()
    await violent(1, archive, 99.0)
    archive.put_part("first", [(1, MODERATION)])
    await archive.reviews.table.write_many(deletes=[{"video_id": archive.video(1).video_id, "part": "status"}])
    await archive.jobs.table.write_many(deletes=[{"video_id": archive.video(1).video_id, "analysis": str(MODERATION)}])
    await archive.judged(1, {MODERATION: []}, attempt=2)
    archive.put_part("second", [(1, MODERATION)], attempt=2)
    result = await run_test(archive.deployment, STRICT)
    assert result.test.moves == {(Verdict.APPROVE, Verdict.APPROVE): 1}
    assert not result.read


async def test_a_deleted_result_that_the_copy_lacks_is_gone_and_no_reason_to_conclude_nothing() -> None:
    archive = Archive()
    for number in range(3):
        await violent(number, archive)
    del archive.work.objects[archive.result_key(1, MODERATION)]
    result = await run_test(archive.deployment, STRICT)
    assert (result.test.left_out[LeftOut.GONE], result.test.moves.total()) == (1, 2)
    assert result.test.concludes


async def test_an_answer_that_came_meanwhile_is_left_out() -> None:
    archive = Archive()
    await violent(1, archive)
    row = dict(archive.jobs.table.rows[archive.video(1).video_id, str(MODERATION)])  # type: ignore[attr-defined]
    await archive.jobs.table.put(row | {"attempt": 2})
    result = await run_test(archive.deployment, STRICT)
    assert result.test.left_out == {LeftOut.CHANGED: 1}


async def test_sealed_and_forgotten_videos_are_not_in_it() -> None:
    archive = Archive()
    await violent(1, archive)
    await violent(2, archive)
    await violent(3, archive)
    archive.put_part("p", [(number, MODERATION) for number in (1, 2, 3)])
    rows = archive.reviews.table.rows  # type: ignore[attr-defined]
    rows[archive.video(1).video_id, "status"]["sealed"] = True
    stored = await archive.reviews.get(archive.video(2).video_id)
    assert stored is not None
    await archive.reviews.entomb(stored)
    result = await run_test(archive.deployment, STRICT)
    assert result.test.videos == 1
    assert [example.uri for example in result.test.most_telling()] == ["s3://videos/3.mp4"]


async def test_a_damaged_part_counts_for_nothing() -> None:
    archive = Archive()
    for number in range(3):
        await violent(number, archive)
    whole = archive.put_part("p", [(number, MODERATION) for number in range(3)])
    body = archive.work.objects[whole]
    archive.work.objects[f"{FOLDER}cut.parquet"] = body[: len(body) // 2]
    archive.work.objects[f"{FOLDER}text.parquet"] = b"no Parquet at all"
    damaged = bytearray(body)
    damaged[10:200] = bytes(190)
    archive.work.objects[whole] = bytes(damaged)
    result = await run_test(archive.deployment, STRICT)
    assert sorted(result.unreadable) == sorted([f"{FOLDER}cut.parquet", f"{FOLDER}text.parquet", whole])
    assert (result.test.moves[Verdict.APPROVE, Verdict.REJECT], result.read) == (3, 3)


async def test_a_part_that_is_compacted_meanwhile_is_found_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive()
    for number in range(3):
        await violent(number, archive)
    old = archive.put_part("a-old", [(1, MODERATION)])
    archive.put_part("b", [(2, MODERATION)])
    listed = archive.work.listed_below

    async def compacted_then(prefix: str) -> Any:
        async for key, size in listed(prefix):
            yield key, size
        if archive.work.objects.pop(old, None) is not None:
            archive.put_part("c-new", [(0, MODERATION), (1, MODERATION)])

    monkeypatch.setattr(archive.work, "listed_below", compacted_then)
    result = await run_test(archive.deployment, STRICT)
    assert (result.test.moves.total(), result.read, result.parts) == (3, 0, 2)


async def test_a_sample_has_so_many_videos_and_another_run_draws_others() -> None:
    archive = Archive()
    for number in range(60):
        await violent(number, archive)
    archive.put_part("p", [(number, MODERATION) for number in range(60)])
    drawn = set()
    for _ in range(4):
        result = await run_test(archive.deployment, STRICT, Scope(sample=10))
        assert (result.test.videos, result.population) == (10, 60)
        drawn.add(frozenset(example.video_id for example in result.test.most_telling()))
    # Four draws of 10 out of 60 that are equal: one in 10^32.
    assert len(drawn) > 1


async def test_since_takes_what_was_judged_then_or_later() -> None:
    archive = Archive()
    for number in range(4):
        await violent(number, archive)
    result = await run_test(archive.deployment, STRICT, Scope(since_ms=1_002))
    assert result.test.videos == 2


async def test_processes_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive()
    policy = Policy.parse("content_moderation: {Violence: {reject: 70}}\ntext: {t: {words: [kill], review: 50}}")
    for number in range(20):
        await archive.judged(
            number, {MODERATION: [seen(MODERATION, "Violence", 60.0 + number)], TEXT: [seen(TEXT, "kill", 90.0)]}
        )
    archive.put_part("p", [(number, analysis) for number in range(20) for analysis in (MODERATION, TEXT)])
    one = await run_test(archive.deployment, policy)
    monkeypatch.setattr(run, "ONE_PROCESS", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    several = await run_test(archive.deployment, policy)
    assert one.test == several.test
    assert one.test.moves[Verdict.REVIEW, Verdict.REJECT] + one.test.moves[Verdict.APPROVE, Verdict.REJECT] == 10
