"""What holds for every answer of Get*, and for what is made of it."""

import json
from collections.abc import Mapping
from typing import Any

from fuzz.target import hold, hold_words, text_of
from reelsift.domain.alert import alert
from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer, JobStatus, MismatchedPagesError
from reelsift.domain.detections import Detection, MalformedAnswerError
from reelsift.domain.message_text import MAX_SUBJECT, MAX_TEXT_BYTES
from reelsift.domain.policy import Policy
from reelsift.domain.result import in_order, peak_members, segment_members
from reelsift.domain.segments import Segment
from reelsift.domain.video import ObjectRef, Video
from reelsift.domain.video_verdict import Basis, VideoVerdict, alert_id
from reelsift.manifests.untrusted_json import JsonError, load_json

_POLICY = Policy.built_in()
_REF = ObjectRef("reelsift-videos-test", "clips/beach.mp4")


def check_answer(analysis: Analysis, pages: list[Mapping[str, Any]]) -> None:
    """The pages are an answer, or refused with the page and the member that is wrong."""
    answer = Answer(analysis)
    rows: list[Detection] = []
    for number, page in enumerate(pages, 1):
        before = (answer.pages, answer.detections)
        try:
            answer.add(page)
        except (MalformedAnswerError, MismatchedPagesError) as error:
            hold_words(str(error), 5000)
            hold("a refused page leaves nothing behind", where=(answer.pages, answer.detections) == before)
            return
        if analysis.spec.rows in page:
            rows += [row for row in analysis.spec.parse(page, number) if row.confidence >= answer.kept_from]
    segments = answer.segments()
    hold("every detection is counted", where=answer.detections == len(rows))
    _check_segments(answer, segments, rows)
    _check_pages(analysis, pages, segments)
    _check_judgement(answer, segments)


def _check_segments(answer: Answer, segments: list[Segment], rows: list[Detection]) -> None:
    for segment in segments:
        hold("a segment lies in order", where=segment.start_ms <= segment.peak_ms <= segment.end_ms)
        hold("a mean is no more than a peak", where=0 <= segment.mean_confidence <= segment.max_confidence <= 100)
        hold("a segment has samples", where=segment.samples >= 1)
    names = answer.names()
    peaks: dict[str, float] = {}
    for row in rows:
        label = names[row.key].label
        peaks[label] = max(row.confidence, peaks.get(label, 0.0))
    kept = {
        label: max((segment.max_confidence for segment in segments if segment.label == label), default=None)
        for label in peaks
    }
    hold("each label's peak survives, and no other label comes of it", where=kept == peaks)
    hold("only labels of the answer have segments", where={segment.label for segment in segments} == set(peaks))
    if rows and all(row.end_ms is None for row in rows):
        for row in rows:
            within = [s for s in segments if s.label == names[row.key].label and s.start_ms <= row.at_ms <= s.end_ms]
            hold("a detection lies in a segment of its label", where=bool(within))
    hold("a step takes time", where=answer.step_ms > 0)


def _check_pages(analysis: Analysis, pages: list[Mapping[str, Any]], segments: list[Segment]) -> None:
    """Each row on a page of its own, in the opposite order, makes the same segments."""
    key = analysis.spec.rows
    apart = [{**page, key: [row]} for page in reversed(pages) for row in reversed(page.get(key) or ())] or pages
    facts = [{name: value for name, value in page.items() if name != "NextToken"} for page in pages]
    again = Answer.of(analysis, [*apart, *({**page, key: []} for page in facts)])
    hold("where pages end, and their order, changes nothing", where=again.segments() == segments)


def _check_judgement(answer: Answer, segments: list[Segment]) -> None:
    judgement = _POLICY.judge(segments, {answer.analysis})
    json.dumps(in_order(segment_members(segment) for segment in segments), ensure_ascii=False).encode()
    json.dumps([peak_members(peak) for peak in judgement.reasons])
    if answer.status is not JobStatus.SUCCEEDED or not judgement.alerts:
        return
    ref = answer.video or _REF
    basis = Basis({answer.analysis: 1}, _POLICY.digest)
    video = Video(ref.bucket, ref.key, "etag", ref.version_id)
    told = alert(
        judgement.alerts,
        alert_id=alert_id(video.video_id, basis, judgement.alerts),
        verdict=VideoVerdict(video, judgement.verdict, judgement.missing, basis, judgement.reasons, judged_ms=1),
        deployment="reelsift",
        duration_ms=answer.duration_ms,
        region="us-east-1",
    )
    hold("a subject is one that SNS takes", where=len(told.subject) <= MAX_SUBJECT and told.subject.isprintable())
    hold("a subject is ASCII", where=told.subject.isascii())
    hold("an alert is one that SNS takes", where=len(told.text.encode()) <= MAX_TEXT_BYTES)


def check_document(analysis: Analysis, data: bytes) -> None:
    """A page or a list of pages, as JSON. What is no list of objects, no caller hands on."""
    try:
        document = load_json(text_of(data))
    except JsonError:
        return
    pages = document if isinstance(document, list) else [document]
    if all(isinstance(page, dict) for page in pages):
        check_answer(analysis, pages)
