"""Columns that the application seals where the database is not sealed as a whole (docs/decisions/0020).

In SQLCipher they hold what they say. In PostgreSQL they hold nonce 12 || AEAD(value || 0x80 || zeros to a
multiple of 32) 16, under a key of the column, which HKDF makes of the office's database key; a value is bound
to its table and column. Most are sealed under a random nonce, and nothing can be looked up by them. A column
of `MATCHED` takes its nonce from the value (HMAC-SHA-256, as SIV does, RFC 5297): equal values of one column
are equal, so it can be unique and looked up. What is in which column is decided in `column_policy`. Before
the values of `ERASABLE` stands the id of the erasing key that they need as well (erasing.py).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Dialect, Engine, Integer, LargeBinary, String, Table
from sqlalchemy.schema import Column, SchemaItem
from sqlalchemy.sql.expression import ColumnClause
from sqlalchemy.sql.operators import OperatorType, is_, is_not
from sqlalchemy.types import TypeDecorator, TypeEngine

from sluis.errors import BadField
from sluis.primitives import aead_open, aead_seal, aead_seal_same, hkdf, label
from workstation.column_policy import ERASABLE, MATCHED, SEALED
from workstation.erasing import ID_SIZE, ErasingKeys

_BLOCK = 32
_END = b"\x80"
_ATTRIBUTE = "sluis_seals"
# No number of an office reaches 2**31 but the size of a file; SQLite's rows are numbered in INTEGER only.
WIDE = BigInteger().with_variant(Integer(), "sqlite")
# A migration can only change what has a name.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class ColumnSeals:
    """Seals and opens the values of all columns; `key` is the database key of the office (32 bytes)."""

    def __init__(self, key: bytes, erasing: ErasingKeys) -> None:
        self.erasing = erasing
        self._key = hkdf(key, "columns")
        self._keys: dict[str, tuple[bytes, bytes]] = {}

    def seal(self, place: str, value: bytes, *, matched: bool) -> bytes:
        """`place` is table.column."""
        key, nonce_key = self._of(place)
        padded = value + _END
        padded += bytes(-len(padded) % _BLOCK)
        if place in ERASABLE:
            current = self.erasing.current
            return current + aead_seal(self._erasable(key, current), padded, _bound(place))
        if matched:
            return aead_seal_same(key, nonce_key, padded, _bound(place))
        return aead_seal(key, padded, _bound(place))

    def open(self, place: str, sealed: bytes) -> bytes:
        """Raises Unopenable for what was changed, or belongs to another column."""
        key = self._of(place)[0]
        if place in ERASABLE:
            key, sealed = self._erasable(key, sealed[:ID_SIZE]), sealed[ID_SIZE:]
        padded = aead_open(key, sealed, _bound(place)).rstrip(b"\0")
        if not padded.endswith(_END):
            raise BadField("a sealed value without its end")
        return padded[:-1]

    def _erasable(self, key: bytes, key_id: bytes) -> bytes:
        return hkdf(key + self.erasing.key(key_id), "erasable value")

    def _of(self, place: str) -> tuple[bytes, bytes]:
        if place not in self._keys:
            made = hkdf(self._key, f"column {place}", 64)
            self._keys[place] = made[:32], made[32:]
        return self._keys[place]


def _bound(place: str) -> bytes:
    return label("column") + place.encode("ascii")


def give_seals(engine: Engine, seals: ColumnSeals) -> None:
    """From now on this engine seals and opens columns."""
    setattr(engine.dialect, _ATTRIBUTE, seals)


def seals_of(dialect: Dialect) -> ColumnSeals:
    """Raises BadField where values would go out unsealed."""
    seals = getattr(dialect, _ATTRIBUTE, None)
    if not isinstance(seals, ColumnSeals):
        raise BadField("this database is not sealed as a whole, and no key was given for its columns")
    return seals


class _Sealed(TypeDecorator[Any]):
    """What both kinds share; `place` is table.column."""

    cache_ok = True
    impl = LargeBinary

    class Comparator(TypeDecorator.Comparator[Any]):
        """Refuses what a sealed value cannot answer, in SQLCipher as well, so that any test sees it."""

        def operate(self, op: OperatorType, *other: Any, **kwargs: Any) -> Any:
            """Under random nonces only `is None` can be asked; SQLAlchemy itself compares columns as such."""
            harmless = op in (is_, is_not) or any(isinstance(one, ColumnClause) for one in other)
            if not harmless and not (isinstance(self.type, _Sealed) and self.type.matched):
                raise TypeError(f"{self.expr} is sealed: nothing can be looked up or ordered by it")
            return super().operate(op, *other, **kwargs)

    comparator_factory = Comparator

    def __init__(self, place: str, *, matched: bool) -> None:
        super().__init__()
        self.place = place
        self.matched = matched

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """As it is in SQLCipher, bytes elsewhere."""
        return dialect.type_descriptor(self._plain() if dialect.name == "sqlite" else LargeBinary())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Seals what goes in."""
        if value is None or dialect.name == "sqlite":
            return value
        return seals_of(dialect).seal(self.place, self._to_bytes(value), matched=self.matched)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Opens what comes out."""
        if value is None or dialect.name == "sqlite":
            return value
        return self._from_bytes(seals_of(dialect).open(self.place, bytes(value)))

    def _plain(self) -> TypeEngine[Any]:
        return LargeBinary()

    def _to_bytes(self, value: Any) -> bytes:
        return bytes(value)

    def _from_bytes(self, value: bytes) -> Any:
        return value


class SealedBytes(_Sealed):
    """A sealed column of bytes."""

    cache_ok = True


class SealedText(_Sealed):
    """A sealed column of text."""

    cache_ok = True

    def _plain(self) -> TypeEngine[Any]:
        return String()

    def _to_bytes(self, value: Any) -> bytes:
        return str(value).encode("utf-8")

    def _from_bytes(self, value: bytes) -> Any:
        return value.decode("utf-8")


def make_table(name: str, metadata: Any, *items: SchemaItem, **options: Any) -> Table:
    """A table with the sealed types that `column_policy` names; to be SQLAlchemy's `__table_cls__`."""
    for item in items:
        if isinstance(item, Column):
            place = f"{name}.{item.name}"
            if place in MATCHED or place in SEALED:
                kind = SealedText if isinstance(item.type, String) else SealedBytes
                item.type = kind(place, matched=place in MATCHED)
    return Table(name, metadata, *items, **options)
