"""`reelsift` and `python -m reelsift.cli`."""

import sys

from reelsift.cli.exits import Exit


def main() -> None:
    """The entry point. To load the commands takes a moment: a Ctrl-C meanwhile ends it as quietly as one later."""
    try:
        from reelsift.cli.main import main as run
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
