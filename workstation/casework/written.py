"""What a team writes in a case: sealed under the key of the case, and committed to in the ledger.

A sealed piece is salt 32 || words. The ledger gets SHA-256(salt || words): while the case is there, it shows
that a piece is the one that was written on that day; afterwards nothing can be guessed from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sluis.limits import KEY_SIZE
from workstation.casework.ledger import commit_to
from workstation.casework.models import Assessment, Case, Note, Task
from workstation.casework.sealed import CaseBox
from workstation.casework.words import box_of, resealed

TRIAGE = "assessment"
NOTE = "note"
TASK = "task"


@dataclass(frozen=True)
class Sealed:
    """A sealed piece, and its commitment (32 bytes)."""

    sealed: bytes
    commitment: bytes


def seal(case: Case, place: str, row_id: bytes, words: bytes) -> Sealed:
    """Seals a piece for the row `row_id` (16 bytes) of its place."""
    salt, commitment = commit_to(words)
    return Sealed(box_of(case).seal(place, row_id, salt + words), commitment)


def unseal(case: Case, place: str, row_id: bytes, sealed: bytes) -> bytes:
    """The words; raises Unopenable when they were changed or belong elsewhere."""
    return box_of(case).open(place, row_id, sealed)[KEY_SIZE:]


def move_assessment(old: CaseBox, new: CaseBox, row: Assessment) -> None:
    """Seals it for another case."""
    row.sealed_triage = resealed(old, new, TRIAGE, row.assessment_id, row.sealed_triage)


def move_note(old: CaseBox, new: CaseBox, row: Note) -> None:
    """Seals it for another case."""
    row.sealed_text = resealed(old, new, NOTE, row.note_id, row.sealed_text)


def move_task(old: CaseBox, new: CaseBox, row: Task) -> None:
    """Seals it for another case."""
    row.sealed_text = resealed(old, new, TASK, row.task_id, row.sealed_text)
