"""`reelsift local demo`: the main job from a list of videos to verdicts, on an embedded cloud, shown and checked."""

from reelsift.demo.run import main

__all__ = ["main"]
