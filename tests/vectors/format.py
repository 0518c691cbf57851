"""The file format of the test vectors: one case a file, the expected outcome in its head.

    format: envelope            which parser (see cases.py and verifier.py)
    expect: bad-signature       `ok`, or the code of the error (sluis/errors.py)
    comment: why this one exists
    base: envelope-text         bytes to start from: base/<name>.bin
    flip: 1300:01               then, in this order, each at most once: XOR at an offset,
    set: 8:0002                 overwrite at an offset,
    cut: 100                    keep only so many bytes,
    append: 00                  add bytes
    <anything else>: value      what the parser needs: keys and identifiers in hexadecimal, or text

An empty line ends the head; there is no body, the base and the edits are the input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
BASES = FOLDER / "base"


@dataclass(frozen=True)
class Vector:
    """One case: its file name, the fields of its head, and the bytes to parse."""

    name: str
    fields: Mapping[str, str]

    @property
    def format(self) -> str:
        """Which parser it is for."""
        return self.fields["format"]

    @property
    def expect(self) -> str:
        """`ok` or an error code."""
        return self.fields["expect"]

    def hex(self, field: str) -> bytes:
        """A field as bytes."""
        return bytes.fromhex(self.fields[field])

    def data(self) -> bytes:
        """The base with its edits."""
        data = bytearray((BASES / f"{self.fields['base']}.bin").read_bytes())
        if "flip" in self.fields:
            at, mask = self.fields["flip"].split(":")
            for i, bits in enumerate(bytes.fromhex(mask)):
                data[int(at) + i] ^= bits
        if "set" in self.fields:
            at, value = self.fields["set"].split(":")
            new = bytes.fromhex(value)
            data[int(at) : int(at) + len(new)] = new
        if "cut" in self.fields:
            del data[int(self.fields["cut"]) :]
        return bytes(data) + bytes.fromhex(self.fields.get("append", ""))


def read(path: Path) -> Vector:
    """Reads one vector file; raises ValueError when a line is not `field: value`."""
    fields: dict[str, str] = {}
    for line in path.read_text("utf-8").splitlines():
        if not line:
            break
        field, separator, value = line.partition(": ")
        if not separator or field in fields:
            raise ValueError(f"{path.name}: {line}")
        fields[field] = value
    return Vector(path.stem, fields)


def read_all() -> Iterator[Vector]:
    """Every vector, by name."""
    for path in sorted(FOLDER.glob("cases/*.vector")):
        yield read(path)


def write(name: str, fields: Mapping[str, str]) -> None:
    """Writes one vector file."""
    text = "".join(f"{field}: {value}\n" for field, value in fields.items())
    (FOLDER / "cases" / f"{name}.vector").write_text(text + "\n", "utf-8")
