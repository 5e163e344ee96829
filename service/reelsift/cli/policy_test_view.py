"""A test of a policy on the terminal."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reelsift.cli.terminal import printable, say, screen
from reelsift.domain.policy import Verdict
from reelsift.domain.policy_test import PolicyTest, PolicyTestRun
from reelsift.reports import wording
from reelsift.reports.policy_test_report import (
    SIDES,
    VERDICTS,
    DecisionTime,
    TestedPolicy,
    coverage,
    example_verdict,
    found_words,
    heading,
    move_words,
    moves_in_order,
    precision_words,
    time_words,
    unknowns,
)

MOST_ROWS = 15
"""Labels and batches that the terminal shows; --json has all."""


def print_test(run: PolicyTestRun, policy: TestedPolicy, time: DecisionTime) -> None:
    """Print what would move, what there would be to review, and examples; what cannot be known goes to stderr."""
    console, test = screen(), run.test
    console.print(Text(printable(f"{policy.name} ({policy.digest}) against {heading(run)}"), style="bold"))
    console.print(Text(coverage(run), style="dim"))
    console.print(_verdicts(test))
    if test.moved:
        console.print(_moves(test))
        _print_where(console, test)
    else:
        console.print("\nno video gets another verdict")
    console.print(_review(test, time))
    console.print(Text(time_words(time), style="dim"))
    _print_examples(test)
    for sentence in unknowns(run):
        say(f"not known: {sentence}")


def _table(*columns: str, title: str | None = None) -> Table:
    table = Table(
        box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False, title=title, title_justify="left"
    )
    for column in columns:
        words, _, right = column.partition(">")
        table.add_column(words, justify="right" if right else "left", no_wrap=True)
    return table


def _verdicts(test: PolicyTest) -> Table:
    table = _table("\nverdict", "\nbefore>right", "\nafter>right")
    for verdict in VERDICTS:
        counts = [sum(videos for move, videos in test.moves.items() if move[side] == verdict) for side in (0, 1)]
        if any(counts):
            table.add_row(str(verdict or "none"), *map(wording.number, counts))
    return table


def _moves(test: PolicyTest) -> Table:
    table = _table("\nmoves", "\nvideos>right", "\nshare>right")
    for move, videos in moves_in_order(test.moves):
        table.add_row(move_words(move), wording.number(videos), wording.percent(videos, test.moves.total()))
    if test.moved_decided:
        table.add_row("of these decided by a person", wording.number(test.moved_decided), "", style="dim")
    return table


def _print_where(console: Console, test: PolicyTest) -> None:
    """By what label, and in which batches."""
    labels = [(f"{label} ({analysis})", counts) for analysis, label, counts in test.labels()]
    for name, rows in (("\nlabel", labels), ("\nbatch", list(test.batches().items()))):
        table = _table(name, "\nvideos>right", "\nmoves")
        for words, counts in rows[:MOST_ROWS]:
            told = ", ".join(f"{move_words(move)}: {videos:,}" for move, videos in moves_in_order(counts))
            table.add_row(Text(printable(wording.short(words))), wording.number(counts.total()), told)
        if rows:
            console.print(table)
        if len(rows) > MOST_ROWS:
            console.print(Text(f"and {len(rows) - MOST_ROWS:,} more: --json names them", style="dim"))


def _review(test: PolicyTest, time: DecisionTime) -> Table:
    table = _table("\nto review", "\nbefore>right", "\nafter>right")

    def add(words: str, cells: Iterable[str]) -> None:
        table.add_row(words, *cells)

    items = [test.in_review(side) for side in (0, 1)]
    add("videos that wait for a person", map(wording.number, items))
    add("people's time", (wording.span(time.load_ms(count)) if count else "none" for count in items))
    for verdict in (Verdict.REJECT, Verdict.REVIEW):
        add(f"precision of {verdict}", (precision_words(test, side, verdict) for side in SIDES))
    return table


def _print_examples(test: PolicyTest) -> None:
    examples = test.most_telling()
    if not examples:
        return
    table = _table("\nexamples", "\nowed to", "\nvideo")
    for example in examples:
        table.add_row(
            example_verdict(example), Text(printable(found_words(example.found))), Text(printable(example.uri))
        )
    screen(unbroken=True).print(table)
    say("`reelsift show VIDEO` has the timeline of each; --html makes a page with all of them")
