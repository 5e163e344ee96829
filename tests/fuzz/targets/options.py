"""What people write on the command line: money, sizes, times, samples, globs and endings, sources."""

from fuzz.target import Target, hold, hold_words, text_of
from reelsift.batches.submit.sources import parse_source
from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.failures import explain
from reelsift.cli.filter_options import MAX_COST, parse_filters, parse_money
from reelsift.domain.filters import Lack, Sieve
from reelsift.errors import ReelsiftError

_ARGUMENT = 4096


def check(data: bytes) -> None:
    """The first byte says which option the rest is; it means something, or is wrong use, and says why."""
    option, text = data[:1], text_of(data[1:]).replace("\0", "")
    try:
        _read(option, text)
    except (CommandError, ReelsiftError) as error:
        sentence, code = explain(error) or ("", Exit.FAILED)
        hold("what makes no sense is wrong use", where=code is Exit.WRONG_USE)
        hold("a refusal says why", where=0 < len(sentence) <= _ARGUMENT * 12)


def _read(option: bytes, text: str) -> None:
    match option:
        case b"m":
            micros = parse_money(text)
            hold("money is more than nothing", where=micros is not None and 0 < micros <= MAX_COST * 1_000_000)
        case b"s":
            size = parse_filters(min_size=text).min_size
            hold("a size is a number of bytes", where=size is not None and 0 <= size < 2**63)
        case b"t":
            hold("a time is one", where=isinstance(parse_filters(modified_after=text).modified_after_ms, int))
        case b"p":
            sieve = Sieve(parse_filters(sample=text))
            hold("a sample is some of all", where=isinstance(sieve.samples("abc", text), bool))
        case b"u":
            hold_words(repr(parse_source(f"s3://{text}")), 20_000)
        case _:
            glob, _, key = text.partition("\n")
            lack = Sieve(parse_filters(globs=[glob], suffixes=[glob[-4:]])).lack(key)
            hold("an object lacks something or nothing", where=lack in {None, Lack.GLOB, Lack.SUFFIX})


TARGET = Target(
    check,
    seeds=[
        *(b"m" + text for text in (b"25.50", b"$1e3", b"NaN", b"sNaN", b"-0", b"1E-999999999", b"1_0", b"Infinity")),
        *(b"s" + text for text in (b"10MB", b"1.5 GiB", b"0", b"9223372036854775807", b"9p")),
        *(b"t" + text for text in (b"2026-07-31", b"2026-07-31T12:00:00.123+23:59", b"0001-01-01", b"9999-W52-7")),
        *(b"p" + text for text in (b"1%", b"0.1", b"1e-320", b"nan", b"100")),
        *(b"u" + text for text in (b"abc/k.csv", b"abc/", b"abc/manifest.json", b"/k", b"abc/a\xed\xa0\x80")),
        *(b"g" + text for text in (b"*a*a*a*a*b\naaaaaaaaaaaaaaaaaaaaaaaa", b"[!]a-]\n]", b"[z-a]\nz", b"[[:a:]&&b]")),
    ],
    longest=512,
    words=("GiB", "e-999", "T00:00", "+00:00", "manifest.json", ".csv", "[!", "-W", "%"),
)
