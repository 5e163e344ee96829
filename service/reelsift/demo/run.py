"""The demo as a program: its surroundings, its processes, its exit code."""

import sys
from pathlib import Path

from reelsift.demo import interruption, surroundings
from reelsift.demo.page import Page
from reelsift.demo.stage import Stage
from reelsift.demo.story import DemoFailed, Story
from reelsift.demo.watching import TookTooLong
from rekognition_cloud.process import CloudError


def main(report_page: Path | None = None) -> None:
    """Run the demo, and leave the page of its report in a file where one is named.

    Ends the process with exit code 1 where anything went otherwise than reelsift promises.
    """
    page = Page()
    # The demo has a folder of its own to work in.
    report_page = report_page and report_page.absolute()
    with interruption.interruptible(), surroundings.secluded() as folder, Stage(folder) as stage:
        try:
            kept = Story(page, stage, folder, report_page).tell()
        except (DemoFailed, CloudError, TookTooLong) as failure:
            page.fail(f"The demo failed: {failure}")
            kept = False
        if not kept:
            page.transcript("\n".join(stage.last_words()))
    if not kept:
        sys.exit(1)
