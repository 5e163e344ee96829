"""The targets by name. Each is imported only where it is fuzzed, so that a fuzzer sees its own parser."""

import importlib

from fuzz.target import Target

NAMES = (
    "messages",
    "neighbours",
    "completions",
    "tags",
    "manifests",
    "inventory_manifest",
    "inventory_rows",
    "inventory_parquet",
    "chunks",
    "reports",
    "policies",
    "moderation",
    "labels",
    "text",
    "segments",
    "celebrities",
    "faces",
    "answers",
    "recordings",
    "options",
    "names",
)


def target(name: str) -> Target:
    """The target of that name."""
    found: Target = importlib.import_module(f"fuzz.targets.{name}").TARGET
    return found
