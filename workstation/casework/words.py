"""Words of a source and of the answers to it, under the key of their case.

Each column of words is sealed apart, bound to its case, its column and its row. What is empty is b"", which
is also what a withdrawal or the end of a case leaves. Without the key of the case nothing opens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from workstation.casework.models import Case
from workstation.casework.sealed import CaseBox
from workstation.errors import UnknownItem
from workstation.models import Envelope, Reply, Thread
from workstation.vault import VaultKey

_TEXT = "envelope text"
_INTAKE = "envelope intake"
_FILE_NAME = "envelope file name"
_VAULT_KEY = "envelope vault key"
_REPLY = "reply text"


def box_of(case: Case) -> CaseBox:
    """What seals and opens the words of this case; raises UnknownItem once its key is destroyed."""
    if case.key is None:
        raise UnknownItem("the key of this case was destroyed")
    return CaseBox(case.case_id, case.key)


def seal_envelope(
    case: Case,
    envelope: Envelope,
    text: str,
    intake: Mapping[str, str],
    file_name: str = "",
    vault_key: bytes = b"",
) -> None:
    """Puts the words of a new envelope, and the key of its file (32 bytes, or none), into its row."""
    box, row = box_of(case), envelope.message_id
    envelope.sealed_text = _sealed(box, _TEXT, row, text.encode("utf-8"))
    answers = json.dumps(dict(intake)).encode("ascii") if intake else b""
    envelope.sealed_intake = _sealed(box, _INTAKE, row, answers)
    envelope.sealed_file_name = _sealed(box, _FILE_NAME, row, file_name.encode("utf-8"))
    envelope.sealed_vault_key = _sealed(box, _VAULT_KEY, row, vault_key)


def seal_reply(case: Case, reply: Reply, text: str) -> None:
    """Puts the text of an answer into its row."""
    reply.sealed_text = _sealed(box_of(case), _REPLY, reply.reply_id, text.encode("utf-8"))


def envelope_text(envelope: Envelope) -> str:
    """What the source wrote; "" where nothing is left."""
    return _open(envelope, _TEXT, envelope.sealed_text).decode("utf-8")


def envelope_intake(envelope: Envelope) -> dict[str, str]:
    """The answers of the source's form, by the code of the question."""
    opened = _open(envelope, _INTAKE, envelope.sealed_intake)
    answers: dict[str, str] = json.loads(opened) if opened else {}
    return answers


def file_name(envelope: Envelope) -> str:
    """The name of a file as the source gave it."""
    return _open(envelope, _FILE_NAME, envelope.sealed_file_name).decode("utf-8")


def vault_key(envelope: Envelope) -> VaultKey:
    """Where a file lies and what opens it; raises UnknownItem when there is none."""
    key = _open(envelope, _VAULT_KEY, envelope.sealed_vault_key)
    if envelope.vault_name is None or not key:
        raise UnknownItem("no such file")
    return VaultKey(envelope.vault_name, key)


def reply_text(reply: Reply) -> str:
    """The text of an answer; "" where a withdrawal or the end of its case took it."""
    if not reply.sealed_text:
        return ""
    box = box_of(reply.of_thread.of_case)
    return box.open(_REPLY, reply.reply_id, reply.sealed_text).decode("utf-8")


def move_words(thread: Thread, target: Case) -> None:
    """Seals all words of a thread under the key of another case; the thread itself is not moved."""
    old, new = box_of(thread.of_case), box_of(target)
    for one in thread.envelopes:
        row = one.message_id
        one.sealed_text = resealed(old, new, _TEXT, row, one.sealed_text)
        one.sealed_intake = resealed(old, new, _INTAKE, row, one.sealed_intake)
        one.sealed_file_name = resealed(old, new, _FILE_NAME, row, one.sealed_file_name)
        one.sealed_vault_key = resealed(old, new, _VAULT_KEY, row, one.sealed_vault_key)
    for reply in thread.replies:
        reply.sealed_text = resealed(old, new, _REPLY, reply.reply_id, reply.sealed_text)


def resealed(old: CaseBox, new: CaseBox, place: str, row_id: bytes, sealed: bytes) -> bytes:
    """The same words under another key; b"" stays b""."""
    return _sealed(new, place, row_id, old.open(place, row_id, sealed)) if sealed else b""


def _sealed(box: CaseBox, place: str, row_id: bytes, words: bytes) -> bytes:
    return box.seal(place, row_id, words) if words else b""


def _open(envelope: Envelope, place: str, sealed: bytes) -> bytes:
    if not sealed:
        return b""
    return box_of(envelope.of_thread.of_case).open(place, envelope.message_id, sealed)
