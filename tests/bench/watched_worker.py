"""`python -m bench.watched_worker FILE`: a worker whose event loop tells how late it is.

Each second it appends a line of JSON to FILE: `at` (seconds since the epoch), `late_s` (the longest that the loop kept
a timer waiting), `busy_s` (the most processor time it took meanwhile: less than `late_s` where the machine is shared),
`tasks`, and `where` the program was, as far as that took longer than a quarter of a second.
"""

import asyncio
import json
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

TICK_S = 0.02
LINE_S = 1.0
LONG_S = 0.25

_FRAMES = 6


class LoopWatch:
    """Measures one loop from within, and looks at it from a thread beside it while it does not answer."""

    def __init__(self, file: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._file = file
        self._loop = loop
        self._main = threading.get_ident()
        self._last = loop.time()
        self._next_line = loop.time() + LINE_S
        self._last_cpu = time.thread_time()
        self._late_s = 0.0
        self._busy_s = 0.0
        self._where: list[str] = []
        loop.call_soon(self._tick)
        threading.Thread(target=self._look, name="loop-watch", daemon=True).start()

    def _tick(self) -> None:
        now, cpu = self._loop.time(), time.thread_time()
        self._busy_s = max(self._busy_s, cpu - self._last_cpu)
        self._last_cpu = cpu
        self._late_s = max(self._late_s, now - self._last - TICK_S)
        self._last = now
        if now >= self._next_line:
            self._next_line = now + LINE_S
            line = {
                "at": round(time.time(), 3),
                "late_s": round(self._late_s, 4),
                "busy_s": round(self._busy_s, 4),
                "tasks": len(asyncio.all_tasks(self._loop)),
                "where": self._where,
            }
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            self._late_s, self._busy_s, self._where = 0.0, 0.0, []
        self._loop.call_later(TICK_S, self._tick)

    def _look(self) -> None:
        while True:
            time.sleep(LONG_S / 2)
            if self._loop.time() - self._last > LONG_S and not self._where:
                frame = sys._current_frames().get(self._main)
                self._where = [
                    f"{Path(where.filename).name}:{where.lineno} {where.name}"
                    for where in traceback.extract_stack(frame)[-_FRAMES:]
                ]


class _Watched(asyncio.DefaultEventLoopPolicy):
    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        loop = super().new_event_loop()
        LoopWatch(self._file, loop)
        return loop


def main() -> Any:
    asyncio.set_event_loop_policy(_Watched(Path(sys.argv[1])))
    from reelsift.cli.main import main as command_line

    sys.argv = ["reelsift", "worker"]
    return command_line()


if __name__ == "__main__":
    main()
