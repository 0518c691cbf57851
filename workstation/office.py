"""The office: one facade over the workstation's keys, cases, imports and releases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from keys.ceremony import renew_operating_key
from keys.gnupg_home import GnupgHome
from keys.openpgp import export_secret_key
from sluis.errors import SluisError
from sluis.instance import InstanceRecord
from sluis.keytree import KdfProfile
from workstation import enrolment, lan, opening
from workstation.casework.answer_desk import AnswerDesk
from workstation.casework.assignment_desk import AssignmentDesk
from workstation.casework.case_desk import CaseDesk
from workstation.casework.consent_desk import ConsentDesk
from workstation.casework.conversation_desk import ConversationDesk
from workstation.casework.directory import Directory
from workstation.casework.directory_desk import DirectoryDesk
from workstation.casework.holds_desk import HoldsDesk
from workstation.casework.interpreting_desk import InterpretingDesk
from workstation.casework.kept_desk import KeptDesk
from workstation.casework.ledger_desk import LedgerDesk
from workstation.casework.options_desk import OptionsDesk
from workstation.casework.people_desk import PeopleDesk
from workstation.casework.phone_desk import PhoneDesk
from workstation.casework.redaction_desk import RedactionDesk
from workstation.casework.referral_desk import ReferralDesk
from workstation.casework.rules_desk import RulesDesk
from workstation.casework.search_desk import SearchDesk
from workstation.casework.stripping_desk import StrippingDesk
from workstation.casework.translation_desk import TranslationDesk
from workstation.database import wipe_journal
from workstation.errors import Locked
from workstation.founding import found
from workstation.import_desk import ImportDesk
from workstation.intake import Desk
from workstation.models import Instance
from workstation.opening import Opened
from workstation.records import OfficeInfo, ServerInfo
from workstation.release_desk import ReleaseDesk
from workstation.signing_in import Doorkeeper
from workstation.sweeping import forget_if_shared
from workstation.training import add_training_cases, training_services
from workstation.transaction import transaction
from workstation.vault import Staging, Vault

# A third of a second on a small machine: unlocked a few times a day, and guessed at by whoever steals it.
WORKSTATION_KDF = KdfProfile(memory_kib=262_144, passes=4)


class Office:
    """The unlocked workstation. One user, safe to share between threads; close it when done.

    Each topic has a desk of its own, whose methods take whoever does it. Every method may raise a SluisError;
    workstation.errors lists those beyond the core.
    """

    def __init__(self, opened: Opened, today: Callable[[], int]) -> None:
        self._folder = opened.folder
        self._engine: Engine | None = opened.engine
        self._today = today
        self._vault = vault = Vault(opened.folder.vault)
        self._lock = threading.RLock()
        self._lan = opened.lan
        self.actor = opened.actor
        self.imports = ImportDesk(self._desk, self._work, self._wipe_journal)
        self.releases = ReleaseDesk(self._desk, self._work, today)
        self.conversations = ConversationDesk(self._work, vault)
        self.answers = AnswerDesk(self._work, today)
        self.rules = RulesDesk(self._work, today)
        self.stripping = StrippingDesk(self._work, today, vault)
        self.kept = KeptDesk(self._work, today, self._wipe_journal)
        self.cases = CaseDesk(self._work, today, self._wipe_journal)
        self.assignment = AssignmentDesk(self._work, today)
        self.consent = ConsentDesk(self._work, today)
        self.options = OptionsDesk(self._work, today)
        self.holds = HoldsDesk(self._work, today, self._wipe_journal)
        self.search = SearchDesk(self._work, opened.folder.search)
        self.ledger = LedgerDesk(self._work)
        self.directory = DirectoryDesk(self._work, today)
        self.redaction = RedactionDesk(self._work, today)
        self.referral = ReferralDesk(self._work, today, self._vault.read)
        self.phone = PhoneDesk(self._work, today)
        self.translations = TranslationDesk(self._work, today)
        self.interpreting = InterpretingDesk(self._work, today, self._wipe_journal)
        self.people = PeopleDesk(self._work, today, opened.folder, opened.key, self._wipe_journal)

    @staticmethod
    def create(
        folder: Path,
        passphrase: str,
        root_passphrase: str,
        *,
        instance_name: str,
        training: bool,
        today: Callable[[], int],
        kdf: KdfProfile = WORKSTATION_KDF,
    ) -> Office:
        """Makes an instance with all its keys in a new folder (0700); raises AlreadyExists, GpgMissing."""
        found(
            folder,
            passphrase,
            root_passphrase,
            instance_name=instance_name,
            training=training,
            today=today(),
            kdf=kdf,
        )
        return Office.unlock(folder, passphrase, today=today)

    @staticmethod
    def unlock(folder: Path, passphrase: str, *, today: Callable[[], int]) -> Office:
        """Opens the folder with the founding passphrase; raises WrongPassphrase, InUse, GpgMissing."""
        return Office(opening.with_founding_passphrase(folder, passphrase), today)

    @staticmethod
    def sign_in(
        folder: Path,
        desk: str,
        passphrase: str,
        code: str,
        *,
        today: Callable[[], int],
        doorkeeper: Doorkeeper,
    ) -> Office:
        """Opens the folder for a person; raises WrongSignIn, CodeUsed, TryLater, InUse, GpgMissing."""
        return Office(opening.for_person(folder, desk, passphrase, code, doorkeeper), today)

    def close(self) -> None:
        """Locks: closes the database and stops every helper process. May be called twice."""
        with self._lock:
            if self._engine is not None:
                self.search.close()
                self._engine.dispose()
                self._engine = None
                self._folder.unlock()

    def __enter__(self) -> Office:
        return self

    def __exit__(self, *ignored: object) -> None:
        self.close()

    @contextmanager
    def _work(self, *, transfer: bool = False) -> Iterator[tuple[Session, Staging]]:
        with self._lock:
            if self._engine is None:
                raise Locked("the office is locked")
            self._check_lan()
            with transaction(self._engine, self._vault, transfer=transfer) as work:
                opening.check_still(work[0], self.actor)
                yield work
            self.search.keep_up(self._engine)

    def _check_lan(self) -> None:
        """Before each transaction: a cable that was pulled, or a second network, locks at once."""
        if self._lan is not None:
            try:
                lan.check(self._lan)
            except SluisError:
                self.close()
                raise

    def _wipe_journal(self) -> None:
        with self._lock:  # no transaction is running
            if self._engine is not None and not forget_if_shared(self._engine):
                wipe_journal(self._folder.database)

    @contextmanager
    def _desk(self) -> Iterator[Desk]:
        with self._work(transfer=True) as (session, staging), GnupgHome(self._folder.gnupg) as home:
            instance = session.get_one(Instance, 1)
            record = InstanceRecord.parse(instance.record)
            yield Desk(session, staging, home, instance, record, self._today())

    @property
    def info(self) -> OfficeInfo:
        """The instance and its servers."""
        with self._work() as (session, _):
            return enrolment.office_info(session)

    def enrol_server(self, request: bytes, label: str) -> ServerInfo:
        """Takes in an enrolment request, after its fingerprint was compared by voice."""
        with self._work() as (session, _):
            return enrolment.enrol(session, request, label)

    def retire_server(self, server_id: str) -> None:
        """A server that will send nothing more; its exports that were not imported are lost."""
        with self._work() as (session, _):
            enrolment.retire(session, server_id)

    def renew_operating_key(self, root_passphrase: str) -> None:
        """A fresh operating key for 90 days, certified by the root; raises WrongPassphrase."""
        with self._work() as (session, _):
            instance = session.get_one(Instance, 1)
            record = InstanceRecord.parse(instance.record)
            root_file = self._folder.root_key.read_bytes()
            fresh = renew_operating_key(root_file, root_passphrase, record, self._today())
            instance.operating_seed = fresh.seed
            instance.operating_certificate = fresh.certificate
            instance.operating_last_day = fresh.last_day

    def export_secret_key(self) -> tuple[str, str]:
        """(armoured OpenPGP secret key, its passphrase), for custodians."""
        with self._desk() as desk:
            secret = desk.instance.openpgp_passphrase
            return export_secret_key(desk.home, desk.instance.openpgp_primary, secret, desk.today), secret

    def add_training_cases(self) -> int:
        """Invented cases, to practise on; raises NotTraining outside a training instance."""
        with self._desk() as desk:
            return add_training_cases(desk)

    def add_training_services(self) -> Directory:
        """Invented services, signed off and taken in as real ones are, to practise referring somebody.

        Raises NotTraining outside a training instance, NotAllowed, RolledBack when a directory is held.
        """
        with self._desk() as desk:
            text = training_services(desk)
        return self.directory.take_in(self.actor, self.directory.sign(self.actor, text)[1])
