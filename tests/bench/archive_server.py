"""`python -m bench.archive_server FOLDER PAGE_MS`: what a test of a policy asks of DynamoDB and S3, out of a folder.

Rows of videos are made as they are asked for, a page of what DynamoDB would look at in one request; parts of the copy
are files. So what is measured is the test, and neither a table in memory nor how such a table is filled.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

ROWS_A_PAGE = 1_000
"""Rows that one request looks at. Half of them are those by which videos are found by their keys."""

_JSON = "application/x-amz-json-1.0"


class Archive:
    """`archive.json` in the folder says how many videos there are, and for each of a part what its row says."""

    def __init__(self, folder: Path, page_ms: float) -> None:
        document = json.loads((folder / "archive.json").read_text(encoding="ascii"))
        self.videos: int = document["videos"]
        self.rows: list[dict[str, Any]] = document["rows"]
        self.ids = (folder / "ids").read_text(encoding="ascii")
        self.folder = folder
        self.page_s = page_ms / 1000
        self.requests: dict[str, int] = {}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        target = request.headers.get("X-Amz-Target", "")
        if not target:
            return self._object(request)
        operation = target.rpartition(".")[2]
        self.requests[operation] = self.requests.get(operation, 0) + 1
        asked = await request.json()
        if operation == "GetQueueUrl":
            return web.json_response({"QueueUrl": f"http://{request.host}/1/{asked['QueueName']}"})
        if operation == "Scan":
            await asyncio.sleep(self.page_s)
            return web.json_response(self._page(asked), content_type=_JSON)
        return web.json_response(
            {"Items": [], "Count": 0, "ScannedCount": 0}, content_type="application/x-amz-json-1.0"
        )

    def _page(self, asked: dict[str, Any]) -> dict[str, Any]:
        segment, of = asked.get("Segment", 0), asked.get("TotalSegments", 1)
        first, last = self.videos * segment // of, self.videos * (segment + 1) // of
        start = int(asked["ExclusiveStartKey"]["video_id"]["S"]) if "ExclusiveStartKey" in asked else first
        end = min(last, start + ROWS_A_PAGE // 2)
        items = [self._row(number) for number in range(start, end)]
        page: dict[str, Any] = {"Items": items, "Count": len(items), "ScannedCount": 2 * len(items)}
        if end < last:
            page["LastEvaluatedKey"] = {"video_id": {"S": str(end)}, "part": {"S": "status"}}
        return page

    def _row(self, number: int) -> dict[str, Any]:
        return self.rows[number % len(self.rows)] | {
            "video_id": {"S": self.ids[40 * number : 40 * number + 40]},
            "key": {"S": f"uploads/2026/{number:09d}.mp4"},
        }

    def _object(self, request: web.Request) -> web.StreamResponse:
        parts = sorted((self.folder / "parts").iterdir())
        name = request.path.rpartition("/")[2]
        if request.query.get("list-type") == "2":
            self.requests["ListObjectsV2"] = self.requests.get("ListObjectsV2", 0) + 1
            contents = "".join(
                f"<Contents><Key>archive/segments/2026-11/{part.name}</Key><Size>{part.stat().st_size}</Size></Contents>"
                for part in parts
            )
            return web.Response(
                text=f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>",
                content_type="application/xml",
            )
        if name == "requests":
            return web.json_response(self.requests)
        self.requests["GetObject"] = self.requests.get("GetObject", 0) + 1
        return web.FileResponse(self.folder / "parts" / name)


def main() -> None:
    archive = Archive(Path(sys.argv[1]), float(sys.argv[2]))
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", archive.answer)

    async def serve() -> None:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        # The one thing that is told: where.
        sys.stdout.write(f"{runner.addresses[0][1]}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    asyncio.run(serve())


main()
