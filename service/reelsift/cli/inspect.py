"""`reelsift inspect`: what recorded answers show and what a policy makes of them, offline."""

import sys
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.option_kinds import decimal, whole
from reelsift.cli.policy_warning import warn_of_policy
from reelsift.cli.terminal import screen, warn
from reelsift.cli.video_view import print_dataset, show_video
from reelsift.domain.policy import Policy
from reelsift.errors import UnusableRecording
from reelsift.manifests.locations import is_location, read_object_location
from reelsift.manifests.saved_pages import MAX_BYTES
from reelsift.policies import read_policy
from reelsift.queries.inspection import inspect_recordings
from reelsift.queries.recording import Recording
from reelsift.reports.wording import count

STDIN = "-"


def inspect(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Recorded Get* answers, in files, - for standard input, or s3://bucket/key: pages, lists of pages or"
            " of detections, gzipped or not.",
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, as is done anyway where stdout is no terminal.")
    ] = False,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="Judge by this policy, not the built-in one.")
    ] = None,
    max_gap_ms: Annotated[
        int | None,
        typer.Option(
            "--max-gap-ms",
            parser=whole(0, of="milliseconds"),
            metavar="MS",
            help="Longest gap inside a segment; 1.5 sampling steps unless given.",
        ),
    ] = None,
    celebrities_min_confidence: Annotated[
        float | None,
        typer.Option(
            "--celebrities-min-confidence",
            parser=decimal(0, 100),
            metavar="PERCENT",
            envvar="REELSIFT_CELEBRITIES_MIN_CONFIDENCE",
            help="Leave out names that Rekognition is less sure of; 90 unless given.",
        ),
    ] = None,
) -> None:
    """Show the segments and the verdict of recorded Get* answers. Asks AWS for nothing but what lies in S3.

    Several files are pages of one video's answers, in any order. They are judged together: where an answer that the
    policy needs is missing, a video that shows nothing wrong is `incomplete`.
    """
    if files.count(STDIN) > 1:
        raise CommandError("standard input can be a source only once", Exit.WRONG_USE)
    rules = read_rules(policy)
    options = {} if celebrities_min_confidence is None else {"celebrities_min_confidence": celebrities_min_confidence}
    inspection = inspect_recordings([_recording(file) for file in files], rules, max_gap_ms, options)
    for analysis, state in inspection.head.analyses.items():
        if state.left_out is not None:
            detections = count(state.left_out.detections, "detection")
            warn(f"{detections} of {analysis} with a confidence below {state.left_out.below:g} left out")
    for analysis in inspection.truncated:
        warn(f"the last page of {analysis} is missing (each has a NextToken); what it shows is left out")
    if as_json or not sys.stdout.isatty():
        print_dataset(inspection.dataset())
    else:
        show_video(screen(), inspection.head, inspection.results())


def read_rules(file: Path | None) -> Policy:
    """The policy of a file, the built-in one for None; warns of what it hardly means. Raises PolicyUnusable."""
    policy = Policy.built_in() if file is None else read_policy(file)
    warn_of_policy(policy)
    return policy


def _recording(named: str) -> Recording:
    """What a FILE names. Raises UnusableRecording, and what botocore raises."""
    if named == STDIN:
        return Recording("standard input", _read(sys.stdin.buffer, "standard input"))
    if not named:
        raise CommandError("a FILE without a name was given", Exit.WRONG_USE)
    if is_location(named):
        return Recording(named, _fetched(named))
    try:
        with Path(named).open("rb") as file:
            return Recording(named, _read(file, named))
    except OSError as error:
        raise UnusableRecording(named, error.strerror or str(error)) from error


def _read(file: BinaryIO, name: str) -> bytes:
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UnusableRecording(name, f"this is larger than any answer: {MAX_BYTES // 1024**2} MiB at most")
    return data


def _fetched(uri: str) -> bytes:
    import asyncio

    from reelsift.aws.objects import fetch_object

    try:
        ref = read_object_location(uri)
    except ValueError as error:
        raise UnusableRecording(uri, str(error)) from error
    data = asyncio.run(fetch_object(ref.bucket, ref.key, MAX_BYTES + 1))
    if len(data) > MAX_BYTES:
        raise UnusableRecording(uri, f"this is larger than any answer: {MAX_BYTES // 1024**2} MiB at most")
    return data
