"""A mailroom as a process of its own, for tests that kill it: `python -m tests.support.mailroom_process`.

Arguments: store folder, run folder, slots a bank, banks, day, seconds between ticks.
"""

import sys
from pathlib import Path

from mailroom.disk import Disk
from mailroom.server import Server
from mailroom.store import Mailroom
from sluis.limits import SiteProfile


def main(store: Path, run: Path, slots: int, banks: int, day: int, tick_seconds: float) -> bool:
    disk, run_disk = Disk(store), Disk(run)
    disk.hold()
    site = SiteProfile(1, "demo", slots, 1_048_576, banks)
    return Server(Mailroom(disk, run_disk, site, lambda: day), run, tick_seconds).serve()


if __name__ == "__main__":
    _, store, run, slots, banks, day, tick = sys.argv
    sys.exit(not main(Path(store), Path(run), int(slots), int(banks), int(day), float(tick)))
