"""A copy of an index's pages, of only what lock files name.

pip reads of an index all that there ever was of a library: for the 59 files of the image more than 70,000 links, which
take it longer than the rest of its work. It gets the very same files by these pages, from where the index has them.
"""

import json
import re
import ssl
from collections.abc import Sequence
from html import escape
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import Request, urlopen

_JSON = "application/vnd.pypi.simple.v1+json"
_SECONDS = 60


def copied(index: str, locks: Sequence[Path], authority: Path | None, folder: Path) -> str:
    """The address of the copy, in `folder`; that of the index itself where it does not tell everybody in JSON what it
    has.
    """
    if urlsplit(index).scheme != "https":
        return index
    text = "".join(lock.read_text(encoding="utf-8") for lock in locks)
    names, digests = re.findall(r"^([\w.-]+)==", text, re.MULTILINE), set(re.findall(r"sha256:(\w+)", text))
    trusted = ssl.create_default_context(cafile=authority)
    try:
        for name in names:
            page = folder / name / "index.html"
            page.parent.mkdir(parents=True)
            page.write_text(_links(f"{index.rstrip('/')}/{name}/", digests, trusted), encoding="utf-8")
    except (OSError, HTTPException, ValueError, LookupError):
        return index
    return folder.as_uri()


def _links(project: str, digests: set[str], trusted: ssl.SSLContext) -> str:
    asked = Request(project, headers={"Accept": _JSON})  # noqa: S310  # its scheme is https
    try:
        with urlopen(asked, timeout=_SECONDS, context=trusted) as answer:  # noqa: S310  # the same
            files = json.load(answer)["files"]
    except HTTPError as error:
        if error.code == 404:
            # Another index has it.
            return ""
        raise
    return "\n".join(
        f'<a href="{escape(urljoin(project, file["url"]))}#sha256={digest}">{escape(file["filename"])}</a>'
        for file in files
        if (digest := file["hashes"].get("sha256")) in digests
    )
