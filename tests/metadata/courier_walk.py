"""A random walk of sources, operators, couriers and failing machines, over a real office and real mailrooms.

Couriers lose, repeat, reorder, damage and cut what they carry. Mailroom and office are stopped, killed or
lose their power at any moment, also in the middle of an export or an import. Clocks are some days off.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sluis.errors import SluisError, StoreFull
from tests.metadata.crossing import Crossing, Post, Upload
from tests.metadata.ledger import Ledger, Lost
from tests.support.ram_disk import RamDisk
from tests.support.workroom import ROOT_PASSPHRASE

# What a server may say to a genuine release that comes again, late, or after its key was erased.
_OLD_RELEASE = ("rolled-back", "replayed", "unopenable", "expired")
_COPIES = 8
_LAST_ROUNDS = 6


class _PowerIsGone(OSError):
    pass


class Walk:
    """One walk; `done` counts what happened."""

    def __init__(self, place: Crossing, seed: int) -> None:
        self._place = place
        self._chance = random.Random(seed)
        self._copies: list[tuple[Post, bytes]] = []
        self._releases: list[tuple[Post, bytes]] = []
        self._uploads: list[tuple[Post, Upload]] = []
        self.ledger = Ledger(place)
        self.done: Counter[str] = Counter()

    def play(self, steps: int) -> None:
        """So many steps, then couriers who do their work; raises Lost."""
        actions: dict[Callable[[Post], None], int] = {
            self._report: 8,
            self._begin_file: 4,
            self._go_on: 12,
            lambda post: post.room.tick(): 2,
            self._export: 7,
            self._copy: 8,
            self._lose: 4,
            self._import: 9,
            self._import_damaged: 1,
            self._import_cut_short: 2,
            self._make_release: 4,
            self._take_release: 8,
            self._die_at_work: 2,
            self._restart: 2,
            lambda _post: self._place.reopen(): 1,
            self._days: 4,
        }
        for _ in range(steps):
            (action,) = self._chance.choices(list(actions), list(actions.values()))
            action(self._chance.choice(self._place.posts))
        self._bring_everything()

    def _body(self, size: int) -> bytes:
        return self._chance.randbytes(size).hex().encode()

    def _report(self, post: Post) -> None:
        try:
            post.send(self._body(40), source=self._chance.choice(post.sources))
            self.done["texts received"] += 1
        except StoreFull:
            self.done["sources turned away"] += 1

    def _begin_file(self, post: Post) -> None:
        try:
            body = self._body(self._chance.randrange(35_000, 90_000))
            self._uploads.append((post, post.begin(body, post.sources[0], text=False)))
        except StoreFull:
            self.done["sources turned away"] += 1

    def _go_on(self, _post: Post) -> None:
        """A file goes on, perhaps in another bank than it began in, ends, or is given up."""
        if not self._uploads:
            return
        post, upload = self._uploads.pop(self._chance.randrange(len(self._uploads)))
        try:
            if self._chance.random() < 0.05:
                post.room.abort(upload.cells)
            elif upload.cells.count == len(upload.plain):
                post.commit(upload)
                self.done["files received"] += 1
            else:
                post.put(upload)
                self._uploads.append((post, upload))
        except StoreFull:
            post.room.abort(upload.cells)

    def _export(self, post: Post) -> None:
        try:
            post.room.make_export()
            self.done["exports made"] += 1
        except StoreFull:
            self.done["exports refused: no bank free"] += 1

    def _copy(self, post: Post) -> None:
        """Somebody downloads a closed bank."""
        if closed := post.closed():
            self._copies.append((post, post.export(self._chance.choice(closed))))
            del self._copies[:-_COPIES]

    def _lose(self, _post: Post) -> None:
        for media in (self._copies, self._releases):
            if media and self._chance.random() < 0.5:
                media.pop(self._chance.randrange(len(media)))
                self.done["media lost"] += 1

    def _import(self, _post: Post) -> None:
        """Any copy, perhaps one that was imported before; it stays where it is."""
        if self._copies:
            self._bring(self._chance.choice(self._copies)[1])

    def _bring(self, export: bytes) -> None:
        try:
            report = self._place.take_in(export)
        except SluisError as error:
            raise Lost(f"a genuine export was refused: {error.code}") from error
        self.done[f"exports {report.state}"] += 1
        self.ledger.imported(report)
        self.ledger.settle()

    def _import_damaged(self, _post: Post) -> None:
        """A copy with a wrong byte, or cut; one that was imported before is named as that."""
        if not self._copies:
            return
        data = bytearray(self._chance.choice(self._copies)[1])
        if self._chance.random() < 0.5:
            del data[self._chance.randrange(len(data)) :]
        else:
            data[self._chance.randrange(len(data))] ^= 0x40
        before = self._place.arrived()
        try:
            again = self._place.take_in(bytes(data)).state == "replayed"
        except SluisError:
            again = True
        if not again or self._place.arrived() != before:
            raise Lost("a damaged copy was taken in without a word")
        self.done["damaged copies refused"] += 1

    def _import_cut_short(self, _post: Post) -> None:
        """The workstation's power goes in the middle of an import."""
        if not self._copies:
            return
        left = self._chance.randrange(20)

        def progress(_done: int, _total: int) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise _PowerIsGone

        try:
            self.ledger.imported(self._place.take_in(self._chance.choice(self._copies)[1], progress))
        except _PowerIsGone:
            self.done["imports cut short"] += 1
            self._place.reopen()
        self.ledger.settle()

    def _make_release(self, _post: Post) -> None:
        office = self._place.office
        if self._place.clock.day > office.info.operating_last_day:
            office.renew_operating_key(ROOT_PASSPHRASE)
        made = self._place.release()
        self._releases += [(post, file.data) for post, file in zip(self._place.posts, made, strict=True)]

    def _take_release(self, post: Post) -> None:
        """Any release, most often the newest there is."""
        mine = [data for owner, data in self._releases if owner is post]
        if not mine:
            return
        data = mine[-1] if self._chance.random() < 0.7 else self._chance.choice(mine)
        try:
            post.room.import_release(data)
            self.done["releases taken in"] += 1
        except SluisError as error:
            if error.code not in _OLD_RELEASE:
                raise Lost(f"a genuine release was refused: {error.code}") from error
            self.done["old releases refused"] += 1
        self.ledger.settle()

    @contextmanager
    def _dying(self, post: Post) -> Iterator[None]:
        """The machine fails within so many writes."""
        left = self._chance.randrange(90)

        def before_step(_what: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise _PowerIsGone

        post.disk.before_step = before_step
        try:
            yield
        except _PowerIsGone:
            self.done["machines that failed at work"] += 1
        self._restart(post)
        self.ledger.settle()

    def _die_at_work(self, post: Post) -> None:
        with self._dying(post):
            self._chance.choice((self._export, self._take_release))(post)

    def _restart(self, post: Post) -> None:
        """The mailroom ends in order, is killed, or its machine loses its power; uploads are gone."""
        self._uploads = [(owner, upload) for owner, upload in self._uploads if owner is not post]
        way = self._chance.randrange(3)
        if way == 0 and not post.room.broken:
            post.room.stop()
        if way == 2:
            post.disk, post.run = post.disk.after_power_cut(self._chance), RamDisk()
        else:
            post.disk, post.run = post.disk.killed(), post.run.killed()
        post.start()
        self.done["mailrooms restarted"] += 1

    def _days(self, post: Post) -> None:
        self._place.clock.day += self._chance.choice((1, 1, 1, 2, 5, 25))
        post.skew = self._chance.randint(-2, 2)

    def _bring_everything(self) -> None:
        """From now on couriers do what they should, until every promise is settled; raises Lost."""
        for _ in range(_LAST_ROUNDS):
            for post in self._place.posts:
                self._export(post)
                closed = post.closed()
                self._chance.shuffle(closed)
                for serial in closed:
                    self._bring(post.export(serial))
            self._make_release(self._place.post)
            for post, data in self._releases[-len(self._place.posts) :]:
                post.room.import_release(data)
            self.ledger.settle()
            if not self.ledger.open():
                return
        raise Lost("a received report never came, and nobody said so")
