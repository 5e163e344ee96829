from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelsift.domain.mail_digest import WORST, Mail, MailDigest, Mention
from reelsift.domain.message_text import MAX_SUBJECT, MAX_TEXT_BYTES
from reelsift.domain.video import ObjectRef
from support.thoroughness import examples

GORE = Mention(
    alert_id="a" * 32,
    ref=ObjectRef("clips", "uploads/a b.mp4"),
    verdict="reject",
    categories=("Violence",),
    label="Violence > Graphic Violence > Blood & Gore",
    confidence=99.96,
    peak_ms=61_250,
    settled_ms=1_785_500_000_999,
    subject="reelsift reject: Blood & Gore 99.9 % in uploads/a b.mp4",
    text="s3://clips/uploads/a b.mp4\n\nVerdict:     reject\n",
)
NUDE = replace(
    GORE,
    alert_id="b" * 32,
    ref=ObjectRef("clips", "b.mp4"),
    verdict="review",
    categories=("Explicit", "Violence"),
    label="Explicit",
    confidence=95.5,
    peak_ms=500,
    settled_ms=1_785_500_061_000,
)

MENTIONS = st.builds(
    Mention,
    alert_id=st.uuids().map(lambda one: one.hex),
    ref=st.builds(ObjectRef, st.just("clips"), st.text(min_size=1, max_size=200)),
    verdict=st.sampled_from(["approve", "review", "reject"]),
    categories=st.lists(st.text(max_size=250), max_size=10).map(tuple),
    label=st.text(max_size=400),
    confidence=st.floats(0, 100),
    peak_ms=st.none() | st.integers(0, 10**8),
    settled_ms=st.integers(1, 4 * 10**12),
    subject=st.just("subject"),
    text=st.just("text\n"),
)


def mail(*mentions: Mention, mail_id: str = "m1", again: bool = False, more: bool = False) -> Mail:
    digest = MailDigest()
    for mention in mentions:
        digest.add(mention)
    return digest.mail(mail_id, deployment="reels", region="eu-west-1", again=again, more=more)


def test_a_single_alert_is_mailed_as_it_is() -> None:
    assert mail(GORE) == Mail("m1", GORE.subject, GORE.text + "Mail:          m1\n")


def test_a_digest_counts_names_the_worst_and_says_where_to_look() -> None:
    digest = mail(NUDE, GORE)
    assert digest.subject == "reelsift reels: 2 alerts (1 reject, 1 review); worst 99.9 % Blood & Gore"
    assert digest.text == (
        "2 alerts were raised by reels since 2026-07-31 12:13:20 UTC.\n"
        "\n"
        "By verdict:\n"
        "        1  reject\n"
        "        1  review\n"
        "\n"
        "By category (a video may show several):\n"
        "        2  Violence\n"
        "        1  Explicit\n"
        "\n"
        "The most confident:\n"
        "  99.9 %  Violence > Graphic Violence > Blood & Gore at 01:01.2 (reject)\n"
        "    s3://clips/uploads/a b.mp4\n"
        "    https://console.aws.amazon.com/s3/object/clips?region=eu-west-1&prefix=uploads%2Fa%20b.mp4\n"
        "  95.5 %  Explicit at 00:00.5 (review)\n"
        "    s3://clips/b.mp4\n"
        "    https://console.aws.amazon.com/s3/object/clips?region=eu-west-1&prefix=b.mp4\n"
        "\n"
        "All of them:   reelsift search --verdict reject --since 2026-07-31T12:13:20\n"
        "All of them:   reelsift search --verdict review --since 2026-07-31T12:13:20\n"
        "One of them:   reelsift show s3://bucket/key\n"
        "Mail:          m1\n"
    )


def test_of_many_only_the_worst_are_named_and_all_are_counted() -> None:
    many = [
        replace(GORE, alert_id=f"{n:032x}", confidence=90 + n / 1000, ref=ObjectRef("c", f"{n}")) for n in range(99)
    ]
    text = mail(*many).text
    assert "99 alerts were raised" in text
    assert [line.strip() for line in text.splitlines() if "s3://c/" in line] == [
        f"s3://c/{n}" for n in range(98, 88, -1)
    ]
    assert "  and 89 videos more\n" in text


def test_a_mail_that_may_tell_again_says_so_and_so_does_one_that_cannot_tell_all() -> None:
    assert "perhaps sent" in mail(GORE, again=True).text
    assert "perhaps sent" not in mail(GORE).text
    assert "More wait to be told" in mail(GORE, NUDE, more=True).text


def test_an_alert_stored_without_its_label_is_told_all_the_same() -> None:
    assert "  99.9 %  a label (reject)\n" in mail(NUDE, replace(GORE, label="", peak_ms=None)).text


def test_what_is_approved_and_alerted_is_not_searched_by_its_verdict() -> None:
    text = mail(replace(GORE, verdict="approve"), replace(NUDE, verdict="approve")).text
    assert "2  approve" in text
    assert "--verdict" not in text


def test_the_longest_names_fit() -> None:
    endless = [
        replace(
            GORE,
            alert_id=f"{n:032x}",
            ref=ObjectRef("clips", "\u200b" * 341),
            label="\U000e0001" * 300,
            categories=tuple(f"{n}-{m}" + "\U000e0001" * 200 for m in range(50)),
        )
        for n in range(30)
    ]
    assert len(mail(*endless).text.encode()) < MAX_TEXT_BYTES


def test_there_is_no_mail_about_nothing() -> None:
    with pytest.raises(ValueError, match="an alert to tell of"):
        mail()


@settings(max_examples=examples(15))
@given(st.lists(MENTIONS, min_size=2, max_size=13, unique_by=lambda mention: mention.alert_id))
def test_whatever_the_names_sns_takes_the_mail_and_no_name_forges_a_line(mentions: list[Mention]) -> None:
    digest = mail(*mentions)
    assert len(digest.subject) <= MAX_SUBJECT
    assert digest.subject.isascii()
    assert digest.subject.isprintable()
    assert len(digest.text.encode()) < MAX_TEXT_BYTES
    categories = min(21, len({category for mention in mentions for category in mention.categories}))
    named = min(WORST, len(mentions))
    searches = len({mention.verdict for mention in mentions} - {"approve"})
    more = len(mentions) > named
    lines = 5 + len({mention.verdict for mention in mentions}) + categories + 2 + 3 * named + more + 1 + searches + 2
    assert len(digest.text.splitlines()) == lines


@settings(max_examples=examples(15))
@given(st.lists(MENTIONS, min_size=2, max_size=13, unique_by=lambda mention: mention.alert_id), st.randoms())
def test_the_order_of_the_alerts_changes_nothing(mentions: list[Mention], random: Random) -> None:
    shuffled = list(mentions)
    random.shuffle(shuffled)
    assert mail(*shuffled) == mail(*mentions)
