"""What sources were told is received, against what the office shows and names."""

from __future__ import annotations

from mailroom.state import BankState
from tests.metadata.crossing import Crossing, Post, Promise
from workstation.records import ImportReport


class Lost(Exception):
    """A report that was called received has neither arrived nor been named."""


class Ledger:
    """Settles each promise as arrived or named; raises Lost as soon as one can be neither any more."""

    def __init__(self, place: Crossing) -> None:
        self._place = place
        self._arrived: set[bytes] = set()
        self._named: set[bytes] = set()
        self._refused: set[str] = set()
        self._imported: dict[str, int] = {post.label: 0 for post in place.posts}

    @property
    def arrived(self) -> int:
        """How many promises the office shows, whole."""
        return len(self._arrived)

    @property
    def named(self) -> int:
        """How many it says are not to be had."""
        return len(self._named)

    def open(self) -> list[Promise]:
        """Promises that have neither arrived nor been named as refused."""
        settled = self._arrived | self._named
        return [one for post in self._place.posts for one in post.promises if one.set_id not in settled]

    def imported(self, report: ImportReport) -> None:
        """Writes down what an import said.

        Only genuine cells travel here: no name may be given but that the other cells of a set never came.
        """
        newest = self._imported[report.server_label]
        self._imported[report.server_label] = max(newest, report.serial)
        for refusal in report.refused:
            if refusal.code != "incomplete-set":
                raise Lost(f"a genuine report was refused: {refusal.code}")
            self._refused.add(refusal.detail.split()[1].rstrip(","))

    def settle(self) -> None:
        """Looks at everything the office shows and at what is still on the servers; raises Lost."""
        shown = self._place.arrived()
        missing = {
            server.label: frozenset(server.missing_serials) for server in self._place.office.info.servers
        }
        for post in self._place.posts:
            for promise in post.promises:
                if promise.digest in shown.get(promise.message_id, ()) or promise.digest in shown[b""]:
                    self._arrived.add(promise.set_id)
                elif promise.set_id.hex()[:8] in self._refused:
                    self._named.add(promise.set_id)
                else:
                    self._still_to_come(post, promise, missing[post.label])

    def _still_to_come(self, post: Post, promise: Promise, missing: frozenset[int]) -> None:
        if not promise.serials & _held(post):
            raise Lost("a received report is on no disk any more, was never shown and never named")
        if max(promise.serials) < self._imported[post.label] and not promise.serials & missing:
            raise Lost("the export with a received report was passed over in silence")


def _held(post: Post) -> set[int]:
    """The serials of the banks that hold something."""
    banks = post.room.stores.state.banks
    return {bank.serial for bank in banks if bank.state is not BankState.FREE}
