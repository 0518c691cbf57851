"""Closing a bank, opening the next, handing out the closed ones.

A bank is free -> open -> closing -> closed -> free again once acknowledged. It closes when an operator makes
an export, and at a start that finds no K_bank in the run folder. The steps, each safe to be cut short:

1. the next bank is formatted while the open one goes on (it still counts as free);
2. with the lock held: what waits is written to the open bank; both K_bank go to the run folder; `state` says
   closing and open; the old K_bank is overwritten;
3. the closing bank is hashed, gets a fresh release-opening key and the signed header; `state` says closed.

A start finishes step 3 when it finds a closing bank. Its header may then be another than a first attempt
wrote, which nobody can have seen: only a closed bank is handed out.

Days: an opening day is never before a closing day that was told, so that a cell never lies in a later bank
under a key that an earlier one let the workstation erase. A closing day is never after the release's expiry,
after which nothing is taken in, so that a clock which jumped ahead cannot push the floor out of reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import RLock

from mailroom.banks import OpenBank, body_hash, format_bank
from mailroom.intake import Intake
from mailroom.state import Bank, BankState, bank_file
from mailroom.stores import Stores
from sluis.bank import BankHeader, make_bank_header
from sluis.errors import BadField, Expired, StoreFull
from sluis.export import NO_HASH, ExportHeader
from sluis.primitives import random_key
from sluis.sealing import SealingKey


@dataclass(frozen=True)
class _Formatted:
    index: int
    header: BankHeader
    key: bytes


class Exports:
    """The life of banks; `turn` lets one operator's action at a time through."""

    def __init__(self, stores: Stores, intake: Intake, today: Callable[[], int]) -> None:
        self._stores = stores
        self._intake = intake
        self._today = today
        self.turn = RLock()

    def start(self) -> None:
        """Goes on with the open bank if the run folder has its K_bank, else closes it and opens the next."""
        stores = self._stores
        self._finish_closing()
        index = stores.state.find(BankState.OPEN)
        if index is not None:
            bank = stores.state.banks[index]
            key = stores.run_keys.load().get(bank.serial)
            if key is None:
                day = self._day()
                self._switch(self._format_if_possible(day), day)
                self._finish_closing()
                return
            stores.run_keys.store({bank.serial: key})
            resumed = OpenBank.resume(stores.disk, index, bank.serial, key, bank.opening_day, stores.site)
            with stores.changing():
                stores.scratch.begin(index, bank.serial, stores.site.slots)
            stores.bank = resumed
        else:
            self.open_if_none()

    def open_if_none(self) -> None:
        """Opens a bank when none is open and one can be: after the first release, or when one was freed."""
        with self.turn:
            if self._stores.state.find(BankState.OPEN) is None:
                day = self._day()
                self._switch(self._format_if_possible(day), day)

    def make_export(self) -> int:
        """Closes the open bank and opens the next; the serial of the export.

        Raises StoreFull, and changes nothing, when no bank is open or no other is free. With the release
        expired no bank could be opened and nothing can be taken in: then the open one closes all the same.
        """
        with self.turn:
            stores = self._stores
            stores.check()
            index = stores.state.find(BankState.OPEN)
            if index is None:
                raise StoreFull("no bank is open")
            serial = stores.state.banks[index].serial
            day = self._day()
            try:
                formatted = self._format(day)
            except Expired:
                formatted = None
            self._switch(formatted, day)
            self._finish_closing()
            return serial

    def _day(self) -> int:
        """Today, or the latest day that a bank was given if the clock was set back."""
        state = self._stores.state
        return max(self._today(), state.floor, *(bank.closing_day for bank in state.banks))

    def _format_if_possible(self, day: int) -> _Formatted | None:
        try:
            return self._format(day)
        except (Expired, StoreFull):
            return None

    def _format(self, day: int) -> _Formatted:
        """Step 1; raises Expired or StoreFull."""
        stores = self._stores
        released = stores.released
        if released is None:
            raise StoreFull("no bank can be opened before the first release")
        epoch = released.epoch(day, stores.state.floor)
        index = stores.state.find(BankState.FREE)
        if index is None:
            raise StoreFull("no bank is free")
        key = random_key()
        header = make_bank_header(
            stores.record.instance_id,
            stores.identity.server_id,
            stores.state.last_serial + 1,
            day,
            epoch,
            SealingKey(released.epoch_public(epoch)),
            key,
        )
        with stores.changing():
            format_bank(stores.disk, index, stores.site, header, key)
        return _Formatted(index, header, key)

    def _switch(self, formatted: _Formatted | None, day: int) -> None:
        """Step 2: the open bank, if any, is closing; the formatted one, if any, is open."""
        stores = self._stores
        with stores.lock, stores.changing():
            self._intake.drain()
            state, keys = stores.state, {}
            old = state.find(BankState.OPEN)
            if old is not None:
                bank = state.banks[old]
                assert stores.released is not None  # a bank is only opened under a release
                closing_day = max(bank.opening_day, min(day, stores.released.expiry_day))
                state = state.with_bank(old, replace(bank, state=BankState.CLOSING, closing_day=closing_day))
                if stores.bank is not None:
                    keys[bank.serial] = stores.bank.key
            if formatted is not None:
                serial = formatted.header.serial
                keys[serial] = formatted.key
                state = state.with_bank(formatted.index, Bank(BankState.OPEN, serial, day))
                state = replace(state, last_serial=serial, floor=day)
            if state == stores.state:
                return
            if keys:
                stores.run_keys.store(keys)
            stores.save(state)
            stores.bank = None
            if formatted is None:
                stores.run_keys.erase()
                return
            stores.run_keys.store({formatted.header.serial: formatted.key})
            stores.scratch.begin(formatted.index, formatted.header.serial, stores.site.slots)
            free = list(range(stores.site.slots))
            serial, key = formatted.header.serial, formatted.key
            stores.bank = OpenBank(stores.disk, formatted.index, serial, key, day, free)

    def _finish_closing(self) -> None:
        """Step 3."""
        stores = self._stores
        index = stores.state.find(BankState.CLOSING)
        if index is None:
            return
        bank, released = stores.state.banks[index], stores.released
        with stores.changing():
            header = ExportHeader(
                instance_id=stores.record.instance_id,
                server_id=stores.identity.server_id,
                site=stores.site,
                training=stores.record.training,
                serial=bank.serial,
                previous=stores.state.previous_hash,
                opening_day=bank.opening_day,
                closing_day=bank.closing_day,
                release=stores.newest_release,
                release_hash=NO_HASH if released is None else released.hash,
                transfer_public=stores.transfer.draw(bank.serial),
                body_hash=body_hash(stores.disk, index, stores.site),
            ).signed(stores.identity.key)
            stores.disk.write(bank_file(index), 0, header.encode())
            stores.disk.sync(bank_file(index))
            closed = replace(bank, state=BankState.CLOSED, header_hash=header.hash)
            stores.save(replace(stores.state.with_bank(index, closed), previous_hash=header.hash))

    def read(self, serial: int, offset: int, length: int) -> bytes:
        """Bytes of a closed bank, fewer than `length` only at its end; BadField when it is not here."""
        stores = self._stores
        index = stores.state.closed_index(serial)
        data = stores.disk.read(bank_file(index), offset, length)
        if stores.state.closed_index(serial) != index:  # acknowledged, and perhaps reused, in the meantime
            raise BadField("this bank was freed while it was read")
        return data
