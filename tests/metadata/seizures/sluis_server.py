"""The disk of a Sluis server after the same traffic: the real store by its real classes, and the accounts.

Days pass as fast as the mailroom can tick; files are dated by the traffic's clock. An operator makes an
export each morning and brings a release two hours later, with the answers that were written until then. At
the end the power goes: the run folder, with the key of the open bank, is a tmpfs and is not seized.
"""

from __future__ import annotations

import heapq
import os
import secrets
from collections import Counter
from importlib import resources
from pathlib import Path

import pyotp

from journalist_interface.accounts import Accounts, OperatorRecord, make_engine
from journalist_interface.accounts.passphrases import make_hash
from journalist_interface.accounts.schema import upgrade
from mailroom.banks import no_progress
from mailroom.create import create_store
from mailroom.disk import Disk
from mailroom.intake import OpenSet
from mailroom.ring import ring_file
from mailroom.state import bank_file
from mailroom.stores import RECORD_FILE
from sluis.export import NO_HASH
from sluis.instance import EnrolmentRequest
from sluis.keytree import SourceKeys, row_tag
from sluis.limits import HEADER_BLOCK_SIZE, RING_RELEASES, ROWS_PER_RELEASE, SiteProfile
from sluis.primitives import random_key
from sluis.ring import Reply, Row, seal_reply, unused_row
from sluis.sealing import SealingKey
from tests.metadata.seizures.traffic import DAY_S, Answer, Hidden, Report, Traffic
from tests.support.journalist_site import CHEAP, CLIENT_KEY
from tests.support.mailroom_stage import Stage, Workstation
from tests.support.ram_disk import RamDisk

OPERATORS = ("desk one", "desk two")
_EXPORT_S, _RELEASE_S = 9 * 3_600, 11 * 3_600
# gpg --throw-keyids to one X25519 key; the envelope's header and signature (docs/protocol.md, "Envelope").
_WRAPPING_BYTES = 1_800
_NOTICE_BYTES = 0  # an envelope that only says "deleted"


class DatedDisk(Disk):
    """A real folder whose files, and itself, are dated by `now` (seconds since 1970)."""

    def __init__(self, folder: Path, now: int) -> None:
        super().__init__(folder)
        self.now = now

    def create(self, name: str) -> None:
        super().create(name)
        os.utime(self._handle(name), (self.now, self.now))

    def write(self, name: str, offset: int, data: bytes) -> None:
        super().write(name, offset, data)
        os.utime(self._handle(name), (self.now, self.now))

    def sync_folder(self) -> None:
        super().sync_folder()
        os.utime(self._folder, (self.now, self.now))


class SluisServer:
    """A server in `folder` from the day before the traffic on; `tick_s` seconds lie between two ticks."""

    def __init__(self, folder: Path, traffic: Traffic, site: SiteProfile, tick_s: int) -> None:
        self.folder = folder
        self._traffic = traffic
        self._tick_s = tick_s
        begin = traffic.first_day * DAY_S
        (folder / "store").mkdir()
        self._disk = DatedDisk(folder / "store", begin - DAY_S // 2)
        workstation = Workstation()
        request = create_store(self._disk, site, workstation.record_bytes, no_progress)
        parsed = EnrolmentRequest.parse(request, workstation.record.instance_id)
        self._stage = Stage(workstation, parsed, site, self._disk, RamDisk(), traffic.first_day)
        self._disk.now = begin
        self._room = self._stage.start()
        self._keys = [SourceKeys.from_root(random_key()) for _ in range(traffic.sources)]
        self._sets: list[OpenSet] = []
        self._waiting: list[OpenSet] = []
        self._unsent: list[Answer] = []
        self._deletions: list[tuple[int, Answer]] = []
        self._tags: dict[Answer, bytes] = {}
        self._make_accounts(begin - DAY_S // 2)

    def _make_accounts(self, at: int) -> None:
        path = self.folder / "accounts.db"
        engine = make_engine(f"sqlite:///{path}")
        upgrade(engine)
        for alias in OPERATORS:
            record = OperatorRecord(
                alias, make_hash(secrets.token_hex(), CHEAP), pyotp.random_base32(), CLIENT_KEY
            )
            Accounts(engine).add(record, at // DAY_S)
        engine.dispose()
        settings = resources.files("securedrop_config") / "templates" / "etc" / "sluis" / "sluis.toml"
        (self.folder / "sluis.toml").write_bytes(settings.read_bytes())
        (self.folder / RECORD_FILE).write_bytes(self._stage.workstation.record_bytes)
        for name in ("accounts.db", "sluis.toml", RECORD_FILE):
            os.utime(self.folder / name, (at, at))

    def run(self) -> Hidden:
        """All days of the traffic, then the end of the power; what the analyst is not told."""
        self._release()
        begin, end = self._traffic.first_day * DAY_S, self._traffic.end
        events: list[tuple[int, int, Report | Answer | str]] = []
        happened: list[Report | Answer] = [*self._traffic.reports, *self._traffic.answers]
        for number, one in enumerate(happened):
            events.append((one.at, number, one))
            if isinstance(one, Answer) and one.deleted:
                self._deletions.append((one.deleted_at, one))
        for day in range(self._traffic.first_day + 1, self._traffic.first_day + self._traffic.days):
            events += [(day * DAY_S + _EXPORT_S, -2, "export"), (day * DAY_S + _RELEASE_S, -1, "release")]
        heapq.heapify(events)
        for moment in range(begin + self._tick_s, end + 1, self._tick_s):
            while events and events[0][0] <= moment:
                at, _, event = heapq.heappop(events)
                self._disk.now, self._stage.day = at, at // DAY_S
                self._happen(event)
            self._disk.now, self._stage.day = moment, moment // DAY_S
            self._delete_what_is_due(moment)
            self._room.tick()
            self._commit()
        hidden = self._hidden()
        self._disk.close()
        return hidden

    def _happen(self, event: Report | Answer | str) -> None:
        if isinstance(event, Report):
            self._put(event.size, text=event.kind == "text")
        elif isinstance(event, Answer):
            self._unsent.append(event)
        elif event == "export":
            serial = self._room.make_export()
            self._stage.exports[serial] = self._room.read_export(serial, 0, HEADER_BLOCK_SIZE)
        else:
            self._release()

    def _put(self, size: int, *, text: bool) -> None:
        stream = secrets.token_bytes(size + _WRAPPING_BYTES)
        cells = self._stage.put(self._room, stream, text=text)
        self._sets.append(cells)
        if text:
            self._waiting.append(cells)
        else:
            self._room.commit(cells)

    def _commit(self) -> None:
        for cells in [one for one in self._waiting if not one.waiting]:
            self._room.commit(cells)
            self._waiting.remove(cells)

    def _delete_what_is_due(self, moment: int) -> None:
        for due in [one for one in self._deletions if one[0] <= moment and one[1] in self._tags]:
            self._deletions.remove(due)
            self._room.intake.delete(self._tags[due[1]])
            self._put(_NOTICE_BYTES, text=True)

    def _release(self) -> None:
        """All answers that were written since the last one, at random places among unused rows."""
        number = self._room.stores.newest_release + 1
        rows, places, later = [], Counter[int](), []
        for answer in self._unsent:
            place = places[answer.source]
            if place == 4:
                later.append(answer)
                continue
            places[answer.source] += 1
            rows.append(self._row(answer, number, place))
        self._unsent = later
        rows += [unused_row() for _ in range(ROWS_PER_RELEASE - len(rows))]
        secrets.SystemRandom().shuffle(rows)
        newest = max(self._stage.exports, default=0)
        receipt = self._stage.acknowledged(newest) if newest else (0, NO_HASH)
        self._room.import_release(self._stage.next_release(rows=rows, acknowledged=receipt))

    def _row(self, answer: Answer, release: int, place: int) -> Row:
        keys, instance = self._keys[answer.source], self._stage.workstation.record.instance_id
        day = answer.at // DAY_S
        reply = Reply(random_key()[:16], day, day + 30, "en", "a" * answer.size)
        self._tags[answer] = row_tag(keys.k_tag, instance, release, place)
        key = SealingKey(keys.reply.public)
        return Row(self._tags[answer], seal_reply(key, instance, keys.thread, release, place, reply))

    def _hidden(self) -> Hidden:
        hidden, stores = Hidden(), self._room.stores
        taken = {place for one in self._sets for place in one.slots}
        for index, bank in enumerate(stores.state.banks):
            for slot in range(stores.site.slots) if bank.serial else ():
                hidden.reports[f"{bank_file(index)}/{slot}"] = (bank.serial, slot) in taken
        answers = {stores.ring.find(tag) for tag in self._tags.values()}
        for position in range(RING_RELEASES):
            for row in range(ROWS_PER_RELEASE):
                hidden.answers[f"{ring_file(position)}/{row}"] = (position, row) in answers
        return hidden
