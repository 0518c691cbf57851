"""Invented cases and services for training, taken in the way real ones are: signed, and read as such."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from sqlalchemy.orm import Session

from sluis.days import date_of
from sluis.envelope import NO_PARENT, EnvelopeWriter, Header, Kind, header_for
from sluis.keytree import SourceKeys
from sluis.limits import DEMO
from sluis.primitives import random_id, random_key
from workstation.envelopes import Unwrap, keep_envelope, read_envelope
from workstation.errors import NotTraining
from workstation.intake import Desk
from workstation.models import Envelope
from workstation.vault import Staging

_SERVICES_DAYS = 365


@dataclass(frozen=True)
class _Case:
    language: str
    text: str
    intake: dict[str, str]
    file_name: str = ""
    file: bytes = b""


# Nobody in these texts exists.
_CASES = (
    _Case(
        "en",
        "[TRAINING] A man from the consulate came to my shop. He said my brother at home would lose his "
        "job if I spoke again at the demonstration. I have not answered him. What can I do?",
        {"need": "advice", "danger": "weeks"},
    ),
    _Case(
        "nl",
        "[OEFENING] Sinds ik een stuk schreef over de verkiezingen krijg ik elke nacht telefoontjes. Vorige "
        "week stond er iemand foto's van mijn huis te maken. Ik heb het kenteken opgeschreven.",
        {"need": "listen", "danger": "unclear"},
        "kenteken.txt",
        b"[OEFENING] Grijze auto, kenteken XX-000-X, dinsdag rond het middaguur.\n",
    ),
    _Case(
        "en",
        "[TRAINING] They asked me to write down who comes to our association, and said that they would renew "
        "my passport if I did. I am ashamed that I did it twice. I want to stop.",
        {"need": "safety", "danger": "72h", "device": "watched"},
    ),
    _Case(
        "ar",
        "[تدريب] اتصل بي رجل يقول إنه من القنصلية (رقم XX-000) وطلب أسماء من يأتون إلى الجمعية. "
        "قال إن جواز سفر أمي لن يُجدَّد إن رفضت. ماذا أفعل؟",
        {"need": "advice", "danger": "unclear"},
    ),
)


@dataclass(frozen=True)
class Invented:
    """Takes envelopes of invented sources in, as an import does once it has opened one."""

    session: Session
    staging: Staging
    instance_id: bytes
    unwrap: Unwrap
    today: int

    def keep(self, header: Header, keys: SourceKeys, body: bytes) -> Envelope:
        """Signs, reads and keeps one."""
        writer = EnvelopeWriter(header, keys.sign)

        def pieces() -> Iterator[bytes]:
            yield writer.start()
            yield writer.body(body)
            yield writer.finish()

        opened = read_envelope(pieces(), self.instance_id, DEMO.largest_file, self.staging)
        return keep_envelope(self.session, opened, 0, self.unwrap, self.today)


def add_training_cases(desk: Desk) -> int:
    """Adds four invented cases; raises NotTraining in an instance that is not for training."""
    if not desk.record.training:
        raise NotTraining("invented cases belong in a training instance only")
    for case in _CASES:
        keys = SourceKeys.from_root(random_key())
        message_id = random_id()
        _add(desk, keys, case, Kind.TEXT, message_id, NO_PARENT, case.text.encode("utf-8"))
        if case.file_name:
            _add(desk, keys, case, Kind.FILE, random_id(), message_id, case.file)
    return len(_CASES)


def _add(
    desk: Desk, keys: SourceKeys, case: _Case, kind: Kind, message_id: bytes, parent: bytes, body: bytes
) -> None:
    header = header_for(
        keys,
        desk.record.instance_id,
        kind,
        message_id,
        day=desk.today,
        sequence=int(kind),
        language=case.language,
        parent=parent,
        file_name=case.file_name if kind is Kind.FILE else "",
        intake=case.intake if kind is Kind.TEXT else {},
    )
    invented = Invented(desk.session, desk.staging, desk.record.instance_id, desk.unwrap, desk.today)
    invented.keep(header, keys, body)


def training_services(desk: Desk) -> str:
    """The text of a directory of invented services, verified today; raises NotTraining."""
    if not desk.record.training:
        raise NotTraining("invented services belong in a training instance only")
    text = files("workstation.directory").joinpath("training.toml").read_text("utf-8")
    verified, expires = map(date_of, (desk.today, desk.today + _SERVICES_DAYS))
    return text.replace("{verified}", f"{verified}").replace("{expires}", f"{expires}")
