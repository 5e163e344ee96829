"""`reelsift smoke`: a small clip goes through the deployed system, and every hop is timed."""

from reelsift.cli.smoke.command import smoke

__all__ = ["smoke"]
