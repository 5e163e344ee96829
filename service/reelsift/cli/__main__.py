"""`python -m reelsift.cli`: the same as `reelsift`."""

from reelsift.cli.main import main

main()
