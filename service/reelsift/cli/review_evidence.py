"""`reelsift review export --evidence`: what is known of a sealed video, for an authority."""

from pathlib import Path
from typing import TYPE_CHECKING

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import say
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.queries.evidence import Evidence
    from reelsift.queries.evidence_packet import PacketTarget

MAX_NUMBER_BYTES = 200
"""Of the number of a report and of the name of an authority."""


def export_evidence(
    video: str, to: str | None, *, with_video: bool, report_number: str | None, authority: str | None
) -> None:
    """Take down the number of a report, and write the evidence, as far as each is asked for."""
    _check(to, with_video=with_video, report_number=report_number, authority=authority)
    # What is wrong with a folder is said before anything is taken down.
    folder = None if to is None or to.startswith("s3://") else _folder(to)

    async def work(deployment: "Deployment") -> "Evidence | None":
        from reelsift.queries.evidence import export_evidence
        from reelsift.reviews.sealed_access import report_to_authority
        from reelsift.reviews.table_clock import clock_of_reviews
        from reelsift.reviews.target import find_target

        target, clock = await find_target(deployment, video), clock_of_reviews(deployment)
        if report_number is not None and authority is not None:
            noted = await report_to_authority(
                deployment, target.video_id, report_number.strip(), authority.strip(), clock
            )
            say(f"report {noted.number} to {noted.authority} is taken down beside the seal")
        if to is None:
            return None
        place = _prefix(deployment, to) if folder is None else folder
        return await export_evidence(deployment, target.video_id, place, with_video=with_video, clock=clock)

    done = on_deployment(work)
    if done is None:
        return
    size = sum(file.size for file in done.files)
    say(f"{wording.count(len(done.files), 'file')} of evidence, {size:,} bytes, and manifest.json in {to}")
    if done.sha256 is not None:
        say(f"SHA-256 of the video: {done.sha256}")
    else:
        say("the video itself is gone, and was not copied: its digest is not known")


def _check(to: str | None, *, with_video: bool, report_number: str | None, authority: str | None) -> None:
    if (report_number is None) != (authority is None):
        raise CommandError("--report-number and --authority go together", Exit.WRONG_USE)
    if to is None and report_number is None:
        raise CommandError(
            "--evidence needs --to, where the evidence is to go, or --report-number, to take one down", Exit.WRONG_USE
        )
    if to is None and with_video:
        raise CommandError("--with-video says something of the evidence: add --to", Exit.WRONG_USE)
    for option, text in (("--report-number", report_number), ("--authority", authority)):
        if text is not None and not 0 < len(text.strip().encode("utf-8", "replace")) <= MAX_NUMBER_BYTES:
            raise CommandError(f"{option} must have 1 to {MAX_NUMBER_BYTES} bytes", Exit.WRONG_USE)
    if to is not None and to.startswith("s3://") and not to.removeprefix("s3://").partition("/")[0]:
        raise CommandError(f"{to} names no bucket", Exit.WRONG_USE)


def _folder(to: str) -> "PacketTarget":
    from reelsift.queries.evidence_packet import PacketFolder

    return PacketFolder(Path(to))


def _prefix(deployment: "Deployment", to: str) -> "PacketTarget":
    from reelsift.queries.evidence_packet import PacketPrefix

    bucket, _, prefix = to.removeprefix("s3://").partition("/")
    return PacketPrefix(deployment.clients.s3, bucket, prefix)
