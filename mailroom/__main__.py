"""`python -m mailroom init|serve|request --config sluis.toml`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from mailroom.create import create_store
from mailroom.disk import Disk, StoreBusy
from mailroom.server import Server
from mailroom.store import Mailroom
from mailroom.stores import REQUEST_FILE
from securedrop_config import load
from securedrop_config.clock import today
from securedrop_config.erasing import require_erasing
from securedrop_config.loader import ConfigError
from securedrop_config.model import ServerConfig
from sluis.errors import SluisError
from sluis.instance import EnrolmentRequest, InstanceRecord


def _folder(path: Path, mode: int = 0o700) -> Disk:
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    disk = Disk(path)
    disk.hold()
    return disk


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\rwriting the stores: {100 * done // total} %", end="", file=sys.stderr, flush=True)


def _say_request(data: bytes, config: ServerConfig) -> None:
    record = InstanceRecord.parse(config.instance_record.read_bytes())
    request = EnrolmentRequest.parse(data, record.instance_id)
    print(f"Request to enrol this server: {config.mailroom.store / REQUEST_FILE}")
    print(f"Fingerprint, to be compared by voice: {request.fingerprint}")


def _init(config: ServerConfig) -> int:
    disk = _folder(config.mailroom.store)
    request = create_store(disk, config.site, config.instance_record.read_bytes(), _progress)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    _say_request(request, config)
    return 0


def _request(config: ServerConfig) -> int:
    _say_request((config.mailroom.store / REQUEST_FILE).read_bytes(), config)
    return 0


def _serve(config: ServerConfig) -> int:
    require_erasing()
    settings = config.mailroom
    # the gates reach their sockets through the run folder, but can not list it; the files in it are 0600
    disk, run = _folder(settings.store), _folder(settings.run, 0o711)
    room = Mailroom(disk, run, config.site, today)
    server = Server(room, settings.run, settings.tick_seconds, settings.source_group, settings.operator_group)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    print("the mailroom is open", flush=True)
    if server.serve():
        return 0
    print("mailroom: a write failed; what was acknowledged is on the disk", file=sys.stderr)
    return 1


def main() -> int:
    """The exit code: 0 done, 1 the disk failed, 2 it could not be done."""
    parser = argparse.ArgumentParser(prog="python -m mailroom")
    parser.add_argument("command", choices=("init", "serve", "request"))
    parser.add_argument("--config", type=Path, required=True)
    arguments = parser.parse_args()
    command = {"init": _init, "serve": _serve, "request": _request}[arguments.command]
    threading.stack_size(512 * 1024)  # hundreds of connections, each a thread that needs little
    try:
        return command(load(arguments.config))
    except (ConfigError, StoreBusy, FileExistsError, FileNotFoundError, SluisError) as error:
        print(f"mailroom: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"mailroom: the disk failed: {error.strerror}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
