"""What is done about people, one transaction each, with their badges: `office.people`."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import pyotp

from keys.errors import WrongPassphrase
from workstation import badges
from workstation.badges import SECRET_SIZE, Badge
from workstation.casework import assignment, beside, kept_intake, people, second_reading
from workstation.casework.interpreting_models import AssignedText
from workstation.casework.ledger import append
from workstation.casework.people import NewPerson, PersonRecord
from workstation.casework.people_models import Person
from workstation.casework.roles import Actor, NotAllowed, Permission, Role
from workstation.errors import UnknownItem
from workstation.folder import Folder
from workstation.signing_in import base32, desk_name
from workstation.transaction import Work

_SEES_PEOPLE = (Permission.MANAGE_PEOPLE, Permission.ASSIGN_CASES, Permission.SET_RULES)


@dataclass(frozen=True)
class Handout:
    """What somebody takes along, shown once: the desk, and the secret of the one-time code (base32)."""

    person_id: str
    desk: str
    secret: str = field(repr=False)

    def uri(self, issuer: str) -> str:
        """What an authenticator scans."""
        return pyotp.TOTP(self.secret).provisioning_uri(name=self.desk, issuer_name=issuer)


class PeopleDesk:
    """`work` opens a transaction, `wipe` overwrites its journal; `key` is the database's, for each badge."""

    def __init__(
        self,
        work: Work,
        today: Callable[[], int],
        folder: Folder,
        key: bytes,
        wipe: Callable[[], None],
    ) -> None:
        self._work = work
        self._today = today
        self._folder = folder
        self._key = key
        self._wipe = wipe

    def all(self, actor: Actor) -> tuple[PersonRecord, ...]:
        """Everybody, those who left last; raises NotAllowed."""
        if not any(map(actor.may, _SEES_PEOPLE)):
            raise NotAllowed(Permission.MANAGE_PEOPLE.value)
        with self._work() as (session, _):
            return people.everybody(session)

    def add(self, actor: Actor, new: NewPerson, passphrase: str) -> Handout:
        """Somebody who can sign in from now on.

        Raises NotAllowed, BadField, IncompatibleRoles, FirstIsCustodian, AlreadyExists, WeakPassphrase.
        """
        people.check_passphrase(passphrase, new.desk)
        with self._work() as (session, _):
            person = people.add(session, self._today(), actor, new)
            handout = self._prepare(person, secrets.token_bytes(SECRET_SIZE), passphrase)
        badges.settle(self._folder, person.person_id)
        return handout

    def renew_access(self, actor: Actor, person_id: str, passphrase: str) -> Handout:
        """A new badge, when the passphrase was forgotten or the device is lost; the one before is destroyed.

        Raises NotAllowed, UnknownItem, OwnAccess, WeakPassphrase.
        """
        with self._work() as (session, _):
            person = people.find(session, person_id)
            people.check_passphrase(passphrase, person.desk)
            people.access_renewed(session, self._today(), actor, person)
            handout = self._prepare(person, secrets.token_bytes(SECRET_SIZE), passphrase)
        badges.settle(self._folder, person.person_id)
        return handout

    def change_passphrase(self, actor: Actor, before: str, passphrase: str) -> None:
        """One's own; raises WrongPassphrase, WeakPassphrase, UnknownItem for who has no desk."""
        with self._work() as (session, _):
            person = people.find(session, actor.person_id.hex())
            people.check_passphrase(passphrase, person.desk)
            opened = badges.open_badges(self._folder, before)
            badge = next((one for one in opened if one.person_id == actor.person_id), None)
            if badge is None:
                raise WrongPassphrase("the passphrase does not open this badge")
            self._prepare(person, badge.secret, passphrase)
            append(session, self._today(), actor, "passphrase-changed", person.person_id)
        badges.settle(self._folder, person.person_id)

    def set_roles(self, actor: Actor, person_id: str, roles: frozenset[Role]) -> None:
        """Raises NotAllowed, UnknownItem, BadField, IncompatibleRoles, OwnAccess, LastCustodian."""
        with self._work() as (session, _):
            people.set_roles(session, self._today(), actor, people.find(session, person_id), roles)

    def set_abilities(
        self, actor: Actor, person_id: str, skills: Collection[str], languages: Collection[str]
    ) -> None:
        """Raises NotAllowed, UnknownItem, BadField."""
        with self._work() as (session, _):
            person = people.find(session, person_id)
            people.set_abilities(session, self._today(), actor, person, skills, languages)

    def deactivate(self, actor: Actor, person_id: str) -> None:
        """Ends somebody's access and destroys the badge; their cases are nobody's, and no text is theirs.

        Raises NotAllowed, UnknownItem, OwnAccess, LastCustodian.
        """
        with self._work() as (session, _):
            person = people.find(session, person_id)
            people.deactivate(session, self._today(), actor, person)
            gone = kept_intake.forget(session, person.person_id)
            assignment.leave(session, self._today(), actor, person)
            theirs = AssignedText.interpreter == person.person_id
            beside.end_texts(session, self._today(), actor, theirs)
        badges.destroy(self._folder, person.person_id)
        if gone:
            self._wipe()

    def find_desk(self, actor: Actor, desk: str) -> PersonRecord:
        """Somebody active by desk; raises NotAllowed, UnknownItem."""
        for one in self.all(actor):
            if one.active and one.desk == desk_name(desk):
                return one
        raise UnknownItem("no desk of that name")

    def second_reading(self) -> bool:
        """Whether an author may not approve."""
        with self._work() as (session, _):
            return second_reading.is_on(session)

    def set_second_reading(self, actor: Actor, on: bool) -> None:
        """Raises NotAllowed, TooFewReaders."""
        with self._work() as (session, _):
            second_reading.switch(session, self._today(), actor, on)

    def _prepare(self, person: Person, secret: bytes, passphrase: str) -> Handout:
        badge = Badge(person.person_id, person.desk, self._key, secret)
        badges.prepare(self._folder, badge, passphrase)
        return Handout(person.person_id.hex(), person.desk, base32(secret))
