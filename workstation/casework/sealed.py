"""Words at rest under the key of their case: to destroy the key is to destroy the words, wherever they lie.

A sealed value is nonce 12 || AEAD, bound to the case, the kind of place and the row it belongs to, so that
none can be moved to another place.
"""

from __future__ import annotations

from sluis.errors import BadField
from sluis.limits import ID_SIZE, KEY_SIZE
from sluis.primitives import aead_open, aead_seal, label
from sluis.wire import Writer

_PLACE_MAX = 32


class CaseBox:
    """Seals and opens what belongs to one case. `place` names the column, `row_id` (16 bytes) the row."""

    def __init__(self, case_id: bytes, key: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise BadField("a case key has 32 bytes")
        self._case_id = case_id
        self._key = key

    def seal(self, place: str, row_id: bytes, data: bytes) -> bytes:
        """28 bytes longer than `data`."""
        return aead_seal(self._key, data, self._aad(place, row_id))

    def open(self, place: str, row_id: bytes, sealed: bytes) -> bytes:
        """Raises Unopenable when it was changed, or belongs elsewhere."""
        return aead_open(self._key, sealed, self._aad(place, row_id))

    def seal_text(self, place: str, row_id: bytes, text: str) -> bytes:
        """As `seal`, for text."""
        return self.seal(place, row_id, text.encode("utf-8"))

    def open_text(self, place: str, row_id: bytes, sealed: bytes) -> str:
        """As `open`, for text."""
        return self.open(place, row_id, sealed).decode("utf-8")

    def _aad(self, place: str, row_id: bytes) -> bytes:
        where = Writer().fixed(self._case_id, ID_SIZE).text(place, _PLACE_MAX).fixed(row_id, ID_SIZE)
        return label("case") + where.bytes()
