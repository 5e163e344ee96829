"""The demo as a program: its surroundings, its processes, its exit code."""

import sys

from rich.text import Text

from reelsift.local.demo import interruption, page, surroundings
from reelsift.local.demo.stage import Stage
from reelsift.local.demo.story import DemoFailed, Story
from reelsift.local.demo.watching import TookTooLong
from reelsift.local.process import CloudError


def main() -> None:
    """Run the demo. Ends the process with exit code 1 where anything went otherwise than reelsift promises."""
    console = page.open_page()
    with interruption.interruptible(), surroundings.secluded() as folder, Stage(folder) as stage:
        try:
            kept = Story(console, stage, folder).tell()
        except (DemoFailed, CloudError, TookTooLong) as failure:
            console.print(Text(f"\nThe demo failed: {failure}", style="bold red"))
            kept = False
        if not kept:
            page.transcript(console, "\n".join(stage.last_words()))
    if not kept:
        sys.exit(1)
