"""Lines that programs print of the objects in a bucket."""

import re

_WITH_LOCATION = re.compile(r"(?=[^,;|\t]{0,100}?\b\d{4}[-/]\d\d[-/]\d\d )[-\d][^,;|\t]{5,150}?\s(s3[an]?://\S.*)")
"""`s5cmd ls`, `s3cmd ls` and `hdfs dfs -ls`: date and size before the location."""

_OF_AWS = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +[\d.]+ ")


def listed_location(text: str) -> str | None:
    """The location at the end of a printed line; None for what is no such line.

    Raises ValueError for one of `aws s3 ls`, which names no bucket.
    """
    found = _WITH_LOCATION.fullmatch(text)
    if found is None and _OF_AWS.match(text):
        raise ValueError(
            "this is what `aws s3 ls` prints, and names no bucket: submit what was listed (s3://bucket/prefix/), or"
            " write s3://bucket/key"
        )
    return None if found is None else found[1]
