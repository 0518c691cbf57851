"""What a person does, step by step, and what each step looks like on the line and at the site's socket."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from demo.acts import expect
from demo.person import Element, Page, Upload
from sluis.limits import MAX_LIVE_ROWS
from tests.metadata.line import DELETED
from tests.metadata.wire.capture import Trace
from tests.metadata.wire.games import links
from tests.metadata.wire.network import WatchedNetwork

_SHORT, _LONG = "x" * 200, "x" * 40_000
_FILES = {"100 kB": 100_000, "5 MB": 5_000_000}
_REACH = "reach the site: a new circuit, and the first page"
_LEAVE = "leave"


@dataclass
class Seen:
    """One action, as often as it was done."""

    line: list[Trace] = field(default_factory=list)
    socket: list[Trace] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def cells(self) -> str:
        """Cells down and up, from the least to the most."""
        return " | ".join(_range([trace.cells[way] for trace in self.line]) for way in (0, 1))

    def bytes(self) -> str:
        """Bytes down and up at the socket."""
        downs, ups = [one.down for one in self.socket], [one.up for one in self.socket]
        return f"{_range(downs)} | {_range(ups)}"


def _range(values: Sequence[int]) -> str:
    least, most = min(values), max(values)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


class _Walk:
    """One visit of one source, on a circuit of its own."""

    def __init__(self, network: WatchedNetwork, seen: Mapping[str, Seen]) -> None:
        self._socket = network.site_watch
        self._source = network.sources[0]
        self._seen = seen
        self._reader = self._source.reader(("visit", secrets.token_hex(8)))

    def open(self, name: str, address: str) -> Page:
        """Follows a link."""
        return self._act(name, lambda: self._reader.open(address))

    def press(
        self,
        name: str,
        page: Page,
        form: str | Element,
        values: Mapping[str, str] | None = None,
        files: Sequence[Path] = (),
    ) -> Page:
        """Fills in a form and sends it."""
        uploads = {"files": [Upload(path.name, path) for path in files]}
        return self._act(name, lambda: self._reader.press(page, form, values, uploads))

    def _act(self, name: str, act: Callable[[], Page]) -> Page:
        seen, begin, first = self._seen[name], self._socket.begin(), time.monotonic_ns()

        def timed() -> Page:
            page = act()
            seen.seconds.append((time.monotonic_ns() - first) / 1e9)
            return page

        trace, page = self._source.watch.act(timed)
        seen.line.append(trace)
        seen.socket.append(self._socket.since(begin, first))
        return page


def _first_visit(walk: _Walk, files: Sequence[Path]) -> None:
    first = walk.open(_REACH, "/")
    there = links(first)
    walk.open("first page again", there["/en/"])
    walk.open("how we work", there["/en/about"])
    page = walk.open("new codename", there["/en/new"])
    codename = page.root.one("#codename").text
    page = walk.press("mistake: the codename typed wrong", page, "new-form", {"codename": "no"})
    form = walk.press("the codename typed again; the form", page, "new-form", {"codename": codename})
    expect(form, "#write-form", "no form")
    walk.press("mistake: nothing written", form, "write-form", {"text": ""})
    sent: list[tuple[str, str, Sequence[Path]]] = [
        ("send a text of 200 characters", _SHORT, []),
        ("send a text of 40,000 characters", _LONG, []),
        *((f"send a file of {path.stem}", _SHORT, [path]) for path in files),
    ]
    for name, text, paths in sent:
        receipt = walk.press(name, form, "write-form", {"text": text}, paths)
        expect(receipt, "#received-list", name)
        form = walk.open("the form again", links(receipt)["/en/write"])
    walk.press(_LEAVE, form, "leave-form")


def _return(walk: _Walk, name: str, codename: str) -> Page:
    there = links(walk.open(_REACH, "/"))
    page = walk.open("come back: the codename is asked for", there["/en/return"])
    page = walk.press("mistake: no such codename", page, "return-form", {"codename": "no"})
    page = walk.press(name, page, "return-form", {"codename": codename})
    expect(page, "#replies", name)
    return page


def seen_actions(network: WatchedNetwork, rounds: int) -> dict[str, Seen]:
    """All actions, so many times, of the site as it runs now."""
    line = network.line
    seen: dict[str, Seen] = defaultdict(Seen)
    files = list(_files(network.folder))
    for _ in range(rounds):
        line.make_room()
        _first_visit(_Walk(network, seen), files)
        for count in (0, MAX_LIVE_ROWS):
            walk = _Walk(network, seen)
            page = _return(walk, f"log in, {count} answers", line.codenames[count])
            walk.press(_LEAVE, page, "leave-form")
        walk = _Walk(network, seen)
        page = _return(walk, f"log in, at most {DELETED} answers", line.codenames[DELETED])
        walk.press("delete an answer", page, page.root.all(".delete-form")[0])
        walk.open("mistake: a page that is not there", "/en/nowhere")
    return dict(seen)


def _files(folder: Path) -> Iterator[Path]:
    for name, size in _FILES.items():
        path = folder / f"{name}.bin"
        path.write_bytes(secrets.token_bytes(size))
        yield path


def table(seen: Mapping[str, Seen]) -> list[str]:
    """As Markdown."""
    heads = (
        "action",
        "cells down",
        "cells up",
        "seconds",
        "bytes down at the socket",
        "bytes up at the socket",
    )
    rows = [
        f"| {name} | {one.cells()} | {median(one.seconds):.1f} | {one.bytes()} |"
        for name, one in seen.items()
    ]
    return [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *rows]
