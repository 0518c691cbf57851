"""A process on two lines: it passes every byte on, and writes down how many went which way, and when.

`python -m tests.metadata.wire.recorder FOLDER LINES SITE`: LINES ports of 127.0.0.1, each the HTTPSProxy of
one source's tor, so that all that this tor says to anybody passes by; and a unix socket `FOLDER/site.sock` in
front of the site at SITE, for the onion service's tor. A proxy, because a capture of the interface needs root
and can lose packets, while this loses nothing, needs no privilege, and works the same everywhere.

It sees lengths and times only; of TLS (RFC 8446, section 5.1) it reads the headers of records, which anyone
on the line can, since their lengths tell how many of Tor's cells of 514 bytes are inside.
"""

from __future__ import annotations

import asyncio
import os
import struct
import sys
import time
from pathlib import Path

EVENT = struct.Struct("<QIii")
"""Nanoseconds of the monotonic clock, number of the connection, bytes, bytes inside TLS records.

Bytes are negative when they go from the source to the site. A unix socket has no TLS: both are the same.
"""

DOWN, UP = 1, -1
_CHUNK = 65_536
_RECORD_HEADER = 5
_APPLICATION_DATA = 23
_SEAL = 17  # the type and the tag of each record of TLS 1.3
_REPLY = b"HTTP/1.1 200 OK\r\n\r\n"


class Records:
    """Counts what is inside the TLS records of one direction."""

    def __init__(self) -> None:
        self._header = b""
        self._left = 0

    def inside(self, data: bytes) -> int:
        """The bytes inside all records of application data that begin in `data`."""
        found, at = 0, 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
                continue
            wanted = _RECORD_HEADER - len(self._header)
            self._header += data[at : at + wanted]
            at += wanted
            if len(self._header) == _RECORD_HEADER:
                self._left = int.from_bytes(self._header[3:], "big")
                if self._header[0] == _APPLICATION_DATA:
                    found += max(0, self._left - _SEAL)
                self._header = b""
        return found


class Tap:
    """One line, and the file of its events."""

    def __init__(self, path: Path, *, tls: bool) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._tls = tls
        self._connections = 0

    async def join(
        self,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        """Passes on both ways, until both have ended."""
        self._connections += 1
        number = self._connections
        try:
            await asyncio.gather(
                self._pass(number, client[0], server[1], UP), self._pass(number, server[0], client[1], DOWN)
            )
        except OSError:  # one side is gone, and so is the other now
            pass
        finally:
            client[1].close()
            server[1].close()

    async def _pass(
        self, number: int, source: asyncio.StreamReader, sink: asyncio.StreamWriter, direction: int
    ) -> None:
        records = Records()
        while data := await source.read(_CHUNK):
            now = time.monotonic_ns()
            inside = records.inside(data) if self._tls else len(data)
            os.write(self._file, EVENT.pack(now, number, direction * len(data), direction * inside))
            sink.write(data)
            await sink.drain()
        sink.write_eof()


async def _line(tap: Tap) -> asyncio.Server:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode("ascii")
        host, _, port = asked.rpartition(":")
        server = await asyncio.open_connection(host, int(port))
        writer.write(_REPLY)
        await tap.join((reader, writer), server)

    return await asyncio.start_server(connected, "127.0.0.1", 0)


async def _site(tap: Tap, at: Path, site: Path) -> asyncio.Server:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server = await asyncio.open_unix_connection(site)
        except OSError:  # no site, no answer
            writer.close()
            return
        await tap.join((reader, writer), server)

    return await asyncio.start_unix_server(connected, at)


async def _record(folder: Path, lines: int, site: Path) -> None:
    servers = [await _line(Tap(folder / f"line{number}", tls=True)) for number in range(lines)]
    servers.append(await _site(Tap(folder / "site", tls=False), folder / "site.sock", site))
    ports = [server.sockets[0].getsockname()[1] for server in servers[:lines]]
    made = folder / "ports.new"
    made.write_text("\n".join(map(str, ports)))
    made.rename(folder / "ports")
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(_record(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
