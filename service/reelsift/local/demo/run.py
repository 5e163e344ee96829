"""The demo as a program: its surroundings, its processes, its exit code."""

import sys

from reelsift.local.demo import interruption, surroundings
from reelsift.local.demo.page import Page
from reelsift.local.demo.stage import Stage
from reelsift.local.demo.story import DemoFailed, Story
from reelsift.local.demo.watching import TookTooLong
from reelsift.local.process import CloudError


def main() -> None:
    """Run the demo. Ends the process with exit code 1 where anything went otherwise than reelsift promises."""
    page = Page()
    with interruption.interruptible(), surroundings.secluded() as folder, Stage(folder) as stage:
        try:
            kept = Story(page, stage, folder).tell()
        except (DemoFailed, CloudError, TookTooLong) as failure:
            page.fail(f"The demo failed: {failure}")
            kept = False
        if not kept:
            page.transcript("\n".join(stage.last_words()))
    if not kept:
        sys.exit(1)
