"""The order of the demo: set up, submit, watch, look at the results, submit once more, count, check the promises."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from reelsift import __version__
from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.domain.analysis import Analysis
from reelsift.domain.job import Job
from reelsift.local.demo import cast, command, page, prose, tables
from reelsift.local.demo.findings import (
    Batch,
    Books,
    Findings,
    read_batch,
    read_jobs,
    read_means,
    read_remains,
)
from reelsift.local.demo.mailbox import Mail
from reelsift.local.demo.promises import promises
from reelsift.local.demo.stage import Stage
from reelsift.local.demo.watching import watch
from reelsift.log import configure_logs
from reelsift.settings import load_settings

_Result = TypeVar("_Result")

_MANIFEST = "manifest.csv"
_REPORT = "report.csv"
_REPORT_ROWS = 3


class DemoFailed(Exception):
    """The demo cannot go on; the message says why."""


class Story:
    """Tells the demo on a page, a chapter at a time."""

    def __init__(self, console: Console, stage: Stage, folder: Path) -> None:
        self._console = console
        self._stage = stage
        self._folder = folder
        self._began = time.monotonic()

    def tell(self) -> bool:
        """The whole story; whether every promise was kept."""
        page.heading(self._console, f"reelsift {__version__}: the main job, on an embedded cloud")
        page.put(self._console, prose.OPENING)
        self._stage.open_cloud()
        mailbox = self._stage.deploy()
        self._stage.upload(cast.objects())
        (self._folder / _MANIFEST).write_text(cast.manifest(), encoding="utf-8")
        self._stage.start_workers()

        first_id = self._submit("A manifest", prose.CAST)
        self._watch(first_id, "The work", prose.HANDED_OVER)
        books = Books(self._stage.cloud.jobs(), self._stage.cloud.summary())
        first = self._on_deployment(lambda deployment: read_batch(deployment, first_id))
        jobs = self._on_deployment(lambda deployment: read_jobs(deployment, first))
        mails = mailbox.collect()
        self._show_results(first, list(jobs.values()))
        self._show_star()
        self._show_mail(mails)
        self._show_report(first_id)

        second_id = self._submit("The same manifest once more", prose.ONCE_MORE)
        self._watch(second_id)
        findings = Findings(
            first=first,
            second=self._on_deployment(lambda deployment: read_batch(deployment, second_id)),
            jobs=jobs,
            means=self._on_deployment(lambda deployment: read_means(deployment, jobs)),
            mails=[*mails, *mailbox.collect()],
            books_between=books,
            books=Books(self._stage.cloud.jobs(), self._stage.cloud.summary()),
            exit_codes=self._stage.stop_workers(),
            remains=self._on_deployment(read_remains),
        )
        self._show_money(findings)
        return self._show_promises(findings)

    def _submit(self, title: str, text: str) -> str:
        """Submit the manifest by the command line; the batch's id."""
        page.heading(self._console, title)
        page.put(self._console, text)
        page.prompt(self._console, f"batch=$(reelsift submit {_MANIFEST} --yes)")
        answer = self._folder / "batch"
        code, shown = command.run("submit", _MANIFEST, "--yes", stdout=answer)
        page.transcript(self._console, shown)
        if code:
            raise DemoFailed(f"reelsift submit ended with exit code {code}")
        return answer.read_text().strip()

    def _watch(self, batch_id: str, title: str | None = None, text: str = "") -> None:
        if title is not None:
            page.heading(self._console, title)
            page.put(self._console, text)
        self._on_deployment(
            lambda deployment: watch(self._console, deployment, batch_id, cast.LINES, self._stage.workers_live)
        )

    def _show_results(self, batch: Batch, jobs: Sequence[Job]) -> None:
        page.heading(self._console, "The verdicts")
        page.put(self._console, prose.VERDICTS)
        page.put(self._console, tables.verdicts(job for job in jobs if job.verdict is not None))
        self._console.print()
        page.put(self._console, prose.FAILED)
        page.put(self._console, tables.failures(batch))

    def _show_star(self) -> None:
        page.heading(self._console, "One video")
        uri = f"s3://{cast.BUCKET}/{cast.STAR.key}"
        page.prompt(self._console, f"reelsift show '{uri}'")
        self._run("show", uri)

    def _show_mail(self, mails: Sequence[Mail]) -> None:
        page.heading(self._console, "Its alert")
        page.put(self._console, prose.MAIL)
        mail = next((mail for mail in mails if cast.STAR.key in mail.text), None)
        if mail is None:
            raise DemoFailed(f"none of the {len(mails)} alerts is about {cast.STAR.key}")
        page.transcript(self._console, f"Subject: {mail.subject}\n\n{mail.text.rstrip()}")

    def _show_report(self, batch_id: str) -> None:
        page.heading(self._console, "The completion report")
        page.prompt(self._console, f"reelsift report $batch > {_REPORT}")
        report = self._folder / _REPORT
        self._run("report", batch_id, stdout=report, codes=(3,))
        rows = report.read_text(encoding="utf-8").splitlines()
        if len(rows) != cast.LINES + 1:
            raise DemoFailed(f"the report has {len(rows)} rows for {cast.LINES} lines and a header")
        page.prompt(self._console, f"cut -c-{command.COLUMNS} {_REPORT} | head -{_REPORT_ROWS}")
        page.transcript(self._console, "\n".join(row[: command.COLUMNS] for row in rows[:_REPORT_ROWS]))

    def _show_money(self, findings: Findings) -> None:
        page.heading(self._console, "What it would have cost")
        price = load_settings().price_per_minute(Analysis.CONTENT_MODERATION)
        grid = Table.grid(padding=(0, 2))
        for name, words in prose.money(findings, price):
            grid.add_row(name, words)
        page.put(self._console, grid)

    def _show_promises(self, findings: Findings) -> bool:
        page.heading(self._console, "The promises, checked against the cloud's books and the tables")
        checked = promises(findings)
        page.put(self._console, tables.kept(checked))
        kept = not any(promise.broken for promise in checked)
        if kept:
            page.heading(self._console, "Where to look next")
            grid = Table.grid(padding=(0, 2))
            for name, words in prose.NEXT:
                grid.add_row(name, words)
            page.put(self._console, grid)
        took = time.monotonic() - self._began
        self._console.print(
            f"\nAll as promised, in {took:.0f} s." if kept else f"\nNot as promised, after {took:.0f} s."
        )
        return kept

    def _run(self, *arguments: str, stdout: Path | None = None, codes: Sequence[int] = (0,)) -> None:
        """Run a command, show what its user sees, and expect one of these exit codes."""
        code, shown = command.run(*arguments, stdout=stdout)
        page.transcript(self._console, shown)
        if code not in codes:
            raise DemoFailed(f"reelsift {arguments[0]} ended with exit code {code}")

    def _on_deployment(self, work: Callable[[Deployment], Awaitable[_Result]]) -> _Result:
        settings = load_settings()
        configure_logs("console", "error")

        async def session() -> _Result:
            async with open_deployment(settings) as deployment:
                return await work(deployment)

        return asyncio.run(session())
