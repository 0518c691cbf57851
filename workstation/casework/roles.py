"""Who may do what: roles, what each may, and which never go together (pure; docs/roles.md).

A permission is asked for by every operation of casework before it does anything. Views ask nothing
themselves: what they show follows from what the operations allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from sluis.errors import SluisError


class Role(StrEnum):
    """What a person is at this workstation."""

    COUNSELLOR = "counsellor"
    SUPERVISOR = "supervisor"
    ANALYST = "analyst"
    CUSTODIAN = "custodian"
    COURIER = "courier"
    AUDITOR = "auditor"
    INTERPRETER = "interpreter"


class Permission(StrEnum):
    """One kind of thing that can be done."""

    READ_OWN_CASES = "read-own-cases"
    READ_ALL_CASES = "read-all-cases"
    WORK_ON_CASES = "work-on-cases"
    ASSIGN_CASES = "assign-cases"
    SECOND_READING = "second-reading"
    SET_RULES = "set-rules"
    READ_ASSIGNED_TEXT = "read-assigned-text"
    IMPORT = "import"
    MAKE_RELEASE = "make-release"
    CARRY_MEDIA = "carry-media"
    MANAGE_PEOPLE = "manage-people"
    MANAGE_KEYS = "manage-keys"
    DESTROY_CASES = "destroy-cases"
    READ_LEDGER = "read-ledger"
    MAKE_SIGNALS = "make-signals"
    DECIDE_EXCEPTIONS = "decide-exceptions"
    SET_HOLDS = "set-holds"


ALLOWED: Mapping[Role, frozenset[Permission]] = {
    Role.COUNSELLOR: frozenset(
        {
            Permission.READ_OWN_CASES,
            Permission.WORK_ON_CASES,
            Permission.SECOND_READING,
            Permission.IMPORT,
            Permission.MAKE_RELEASE,
        }
    ),
    Role.SUPERVISOR: frozenset(
        {
            Permission.READ_OWN_CASES,
            Permission.READ_ALL_CASES,
            Permission.WORK_ON_CASES,
            Permission.ASSIGN_CASES,
            Permission.SECOND_READING,
            Permission.SET_RULES,
            Permission.IMPORT,
            Permission.MAKE_RELEASE,
            Permission.DESTROY_CASES,
            Permission.READ_LEDGER,
            Permission.DECIDE_EXCEPTIONS,
            Permission.SET_HOLDS,
        }
    ),
    Role.ANALYST: frozenset({Permission.MAKE_SIGNALS}),
    Role.CUSTODIAN: frozenset({Permission.MANAGE_KEYS, Permission.MANAGE_PEOPLE}),
    Role.COURIER: frozenset({Permission.CARRY_MEDIA, Permission.IMPORT}),
    Role.AUDITOR: frozenset({Permission.READ_LEDGER}),
    Role.INTERPRETER: frozenset({Permission.READ_ASSIGNED_TEXT}),
}

# Who holds keys or media, counts, or audits does not read reports; who audits does nothing else.
_APART: frozenset[frozenset[Role]] = frozenset(
    {frozenset({Role.AUDITOR, other}) for other in Role if other is not Role.AUDITOR}
    | {
        frozenset(pair)
        for pair in (
            (Role.CUSTODIAN, Role.ANALYST),
            (Role.CUSTODIAN, Role.COUNSELLOR),
            (Role.CUSTODIAN, Role.SUPERVISOR),
            (Role.CUSTODIAN, Role.INTERPRETER),
            (Role.CUSTODIAN, Role.COURIER),
            (Role.COURIER, Role.COUNSELLOR),
            (Role.COURIER, Role.SUPERVISOR),
            (Role.COURIER, Role.ANALYST),
            (Role.COURIER, Role.INTERPRETER),
            (Role.ANALYST, Role.COUNSELLOR),
            (Role.ANALYST, Role.SUPERVISOR),
        )
    }
)


class NotAllowed(SluisError):
    """This person's roles do not allow it."""

    code = "not-allowed"


class IncompatibleRoles(SluisError):
    """Two roles that one person may never hold together; `pair` names them."""

    code = "incompatible-roles"

    def __init__(self, pair: tuple[Role, Role]) -> None:
        super().__init__(" and ".join(pair))
        self.pair = pair


@dataclass(frozen=True)
class Actor:
    """Whoever signed in: a random id (16 bytes), the name of the desk, and roles."""

    person_id: bytes
    desk: str
    roles: frozenset[Role]

    def may(self, permission: Permission) -> bool:
        """Whether any role allows it."""
        return any(permission in ALLOWED[role] for role in self.roles)

    def require(self, permission: Permission) -> None:
        """Raises NotAllowed."""
        if not self.may(permission):
            raise NotAllowed(permission.value)


def check_together(roles: Iterable[Role]) -> None:
    """Raises IncompatibleRoles for the first pair that one person may not hold."""
    for pair in combinations(sorted(set(roles)), 2):
        if frozenset(pair) in _APART:
            raise IncompatibleRoles(pair)


# A workstation for which no person was entered yet: whoever has its passphrase does everything, as at first.
LONE_SEAT = Actor(bytes(16), "", frozenset(Role))
# The founding passphrase once there are people: it repairs what concerns people and keys, and reads no case.
RECOVERY = Actor(bytes(16), "", frozenset({Role.CUSTODIAN}))
