"""A mailroom as a process of its own that ticks when it gets SIGUSR1, so that a test knows every tick."""

from __future__ import annotations

import argparse
import signal
import threading
from dataclasses import replace
from pathlib import Path

from mailroom.disk import Disk
from mailroom.server import Server
from mailroom.store import Mailroom
from securedrop_config import load
from securedrop_config.clock import today

_NEVER_S = 1_000_000.0


def _held(folder: Path) -> Disk:
    disk = Disk(folder)
    disk.hold()
    return disk


def main() -> None:
    """Serves until told to stop; its own first tick comes at once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--banks", type=int, required=True)
    parser.add_argument(
        "--ticks", type=Path, required=True, help="a file that grows by a byte with each tick"
    )
    arguments = parser.parse_args()
    # Blocked in every thread and waited for in one; a handler runs only when the main thread comes round.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    config = load(arguments.config)
    site = replace(config.site, banks=arguments.banks)
    room = Mailroom(_held(config.mailroom.store), _held(config.mailroom.run), site, today)
    server = Server(room, config.mailroom.run, _NEVER_S)

    def tick() -> None:
        while signal.sigwait({signal.SIGUSR1}):
            room.tick()
            with arguments.ticks.open("ab") as ticks:
                ticks.write(b".")

    threading.Thread(target=tick, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    if not server.serve():
        raise SystemExit(1)


if __name__ == "__main__":
    main()
