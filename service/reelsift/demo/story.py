"""The order of the demo: set up, submit, watch, look at the results, submit once more, count, check the promises."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from reelsift import __version__
from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.demo import cast, command, prose, tables
from reelsift.demo.findings import (
    EndedBatch,
    Findings,
    Ledger,
    read_batch,
    read_jobs,
    read_means,
    read_remains,
    read_verdicts,
)
from reelsift.demo.mailbox import AlertMessage
from reelsift.demo.page import Page
from reelsift.demo.promises import promises
from reelsift.demo.stage import Stage
from reelsift.demo.watching import watch
from reelsift.domain.job import Job
from reelsift.domain.video_verdict import VideoVerdict
from reelsift.log import configure_logs
from reelsift.settings import load_settings

_Result = TypeVar("_Result")

_MANIFEST = "manifest.csv"
_CLOSER = "closer.csv"
_REPORT = "report.csv"
_REPORT_ROWS = cast.BAD_LINES + 2


class DemoFailed(Exception):
    """The demo cannot go on; the message says why."""


class Story:
    """Tells the demo on a page, a chapter at a time."""

    def __init__(self, page: Page, stage: Stage, folder: Path, report_page: Path | None) -> None:
        self._page = page
        self._stage = stage
        self._folder = folder
        self._report_page = report_page
        self._began = time.monotonic()

    def tell(self) -> bool:
        """The whole story; whether every promise was kept."""
        self._page.heading(f"reelsift {__version__}: the main job, on an embedded cloud")
        self._page.put(prose.OPENING)
        self._stage.open_cloud()
        mailbox = self._stage.deploy()
        self._stage.upload(cast.objects())
        (self._folder / _MANIFEST).write_text(cast.manifest(), encoding="utf-8")
        (self._folder / _CLOSER).write_text(cast.closer_manifest(), encoding="utf-8")
        self._stage.start_workers()

        first_id = self._submit("A manifest", prose.CAST, _MANIFEST)
        self._watch(first_id, cast.LINES, "The work", prose.HANDED_OVER)
        first = self._on_deployment(lambda deployment: read_batch(deployment, first_id))
        jobs = self._on_deployment(lambda deployment: read_jobs(deployment, first))
        verdicts = self._on_deployment(lambda deployment: read_verdicts(deployment, jobs))
        mails = mailbox.collect()
        self._show_results(first, jobs, verdicts)
        analyses = ",".join(cast.CLOSER_ANALYSES)
        closer_id = self._submit("Text, shots and cues", prose.CLOSER, _CLOSER, "--analyses", analyses)
        self._watch(closer_id, len(cast.CLOSER))
        ledger = Ledger(self._stage.cloud.jobs(), self._stage.cloud.summary())
        self._show_star()
        self._show_mail(mails)
        self._show_report(first_id)
        self._keep_page(first_id)

        second_id = self._submit("The same manifest once more", prose.ONCE_MORE, _MANIFEST)
        self._watch(second_id, cast.LINES)
        findings = Findings(
            first=first,
            closer=self._on_deployment(lambda deployment: read_batch(deployment, closer_id)),
            second=self._on_deployment(lambda deployment: read_batch(deployment, second_id)),
            jobs=jobs,
            verdicts=verdicts,
            means=self._on_deployment(lambda deployment: read_means(deployment, jobs)),
            mails=[*mails, *mailbox.collect()],
            ledger_between=ledger,
            ledger=Ledger(self._stage.cloud.jobs(), self._stage.cloud.summary()),
            exit_codes=self._stage.stop_workers(),
            remains=self._on_deployment(read_remains),
        )
        self._show_money(findings)
        return self._show_promises(findings)

    def _submit(self, title: str, text: str, manifest: str, *options: str) -> str:
        """Submit a manifest by the command line; the batch's id."""
        self._page.heading(title)
        self._page.put(text)
        arguments = ("submit", manifest, *options, "--yes")
        self._page.prompt(f"batch=$(reelsift {' '.join(arguments)})")
        answer = self._folder / "batch"
        code, shown = command.run(*arguments, stdout=answer)
        self._page.transcript(shown)
        if code:
            raise DemoFailed(f"reelsift submit ended with exit code {code}")
        return answer.read_text().strip()

    def _watch(self, batch_id: str, lines: int, title: str | None = None, text: str = "") -> None:
        if title is not None:
            self._page.heading(title)
            self._page.put(text)
        self._on_deployment(
            lambda deployment: watch(self._page.console, deployment, batch_id, lines, self._stage.workers_live)
        )

    def _show_results(self, batch: EndedBatch, jobs: Mapping[str, Job], verdicts: Mapping[str, VideoVerdict]) -> None:
        self._page.heading("The verdicts")
        self._page.put(prose.VERDICTS)
        self._page.put(
            tables.verdicts(
                (job, verdict)
                for video_id, job in jobs.items()
                if video_id in verdicts and (verdict := verdicts[video_id].verdict) is not None
            )
        )
        self._page.console.print()
        self._page.put(prose.FAILED)
        self._page.put(tables.failures(batch))

    def _show_star(self) -> None:
        self._page.heading("One video")
        uri = f"s3://{cast.BUCKET}/{cast.STAR.key}"
        self._page.prompt(f"reelsift show '{uri}'")
        self._run("show", uri)

    def _show_mail(self, mails: Sequence[AlertMessage]) -> None:
        self._page.heading("Its alert")
        self._page.put(prose.MAIL)
        mail = next((mail for mail in mails if cast.STAR.key in mail.text), None)
        if mail is None:
            raise DemoFailed(f"none of the {len(mails)} alerts is about {cast.STAR.key}")
        self._page.transcript(f"Subject: {mail.subject}\n\n{mail.text.rstrip()}")

    def _show_report(self, batch_id: str) -> None:
        self._page.heading("The completion report")
        self._page.prompt(f"reelsift report $batch > {_REPORT}")
        report = self._folder / _REPORT
        self._run("report", batch_id, stdout=report, codes=(3,))
        rows = [row.split(",") for row in report.read_text(encoding="utf-8").splitlines()]
        if len(rows) != cast.LINES + 1:
            raise DemoFailed(f"the report has {len(rows)} rows for {cast.LINES} lines and a header")
        self._page.prompt(f"cut -d, -f2,4,6 {_REPORT} | tail -{_REPORT_ROWS}")
        self._page.transcript("\n".join(f"{row[1]},{row[3]},{row[5]}" for row in rows[-_REPORT_ROWS:]))

    def _keep_page(self, batch_id: str) -> None:
        """The page of the report, for a browser."""
        if self._report_page is None:
            return
        # The page of an earlier run may be there.
        self._page.prompt(f"reelsift report $batch --html {self._report_page.name} --overwrite")
        code, shown = command.run("report", batch_id, "--html", str(self._report_page), "--overwrite")
        if code:
            raise DemoFailed(f"reelsift report --html ended with exit code {code}: {shown}")
        self._page.put(prose.REPORT_PAGE.format(name=self._report_page.name))

    def _show_money(self, findings: Findings) -> None:
        self._page.heading("What it would have cost")
        self._page.pairs(prose.money(findings, load_settings().price_per_minute))

    def _show_promises(self, findings: Findings) -> bool:
        self._page.heading("The promises, checked against the cloud's ledger and the tables")
        checked = promises(findings)
        self._page.put(tables.kept(checked))
        kept = not any(promise.broken for promise in checked)
        if kept:
            self._page.heading("Where to look next")
            self._page.pairs(prose.NEXT)
        took = time.monotonic() - self._began
        self._page.console.print(f"\n{'All' if kept else 'Not'} as promised, after {took:.0f} s.")
        if kept:
            self._page.console.print(prose.CONSOLE)
        return kept

    def _run(self, *arguments: str, stdout: Path | None = None, codes: Sequence[int] = (0,)) -> None:
        """Run a command, show what its user sees, and expect one of these exit codes."""
        code, shown = command.run(*arguments, stdout=stdout)
        self._page.transcript(shown)
        if code not in codes:
            raise DemoFailed(f"reelsift {arguments[0]} ended with exit code {code}")

    def _on_deployment(self, work: Callable[[Deployment], Awaitable[_Result]]) -> _Result:
        settings = load_settings()
        configure_logs("console", "error")

        async def session() -> _Result:
            async with open_deployment(settings) as deployment:
                return await work(deployment)

        return asyncio.run(session())
