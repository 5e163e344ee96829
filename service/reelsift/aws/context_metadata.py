"""What the metadata of an object say for the context of its lines."""

from collections.abc import Collection, Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from reelsift.domain.context import Context, fitted


def metadata_context(metadata: Mapping[str, str], keys: Collection[str]) -> Context | None:
    """The context of these keys (lower case, without `x-amz-meta-`), those first that are named first; None where the
    object has none of them.
    """
    told = {key: _plain(metadata[key]).strip() for key in keys if key in metadata}
    return fitted({key: text for key, text in told.items() if text})


def _plain(value: str) -> str:
    """What S3 writes as RFC 2047 says (`=?UTF-8?B?…?=`), because a header holds ASCII only."""
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value))) or value
    except (HeaderParseError, LookupError, ValueError):
        return value
