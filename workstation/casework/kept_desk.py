"""What is being typed, kept and given back: `office.kept`."""

from __future__ import annotations

from collections.abc import Callable

from workstation.casework import cases, kept, kept_intake
from workstation.casework.kept import KeptFields, Pairs
from workstation.casework.roles import Actor, Permission
from workstation.transaction import Work


class KeptDesk:
    """`work` opens a transaction, `wipe` overwrites its journal: a call without a case is kept with its key.

    Every method may raise NotAllowed, UnknownItem.
    """

    def __init__(self, work: Work, today: Callable[[], int], wipe: Callable[[], None]) -> None:
        self._work = work
        self._today = today
        self._wipe = wipe

    def keep(self, actor: Actor, case_id: str, form: str, fields: Pairs) -> None:
        """The fields of a form as they are now; none at all: it is forgotten.

        Raises BadField, TooLarge; WrongState for a case that is not open.
        """
        with self._work() as (session, _):
            gone = kept_intake.forget_old(session, self._today())
            case = cases.workable(session, actor, case_id)
            if fields:
                kept.keep(session, self._today(), actor, case, form, fields)
            else:
                kept.forget(session, actor, case, form)
        self._wipe_after(gone)

    def of(self, actor: Actor, case_id: str, form: str) -> KeptFields | None:
        """What this person typed and did not send."""
        with self._work() as (session, _):
            return kept.of(session, actor, cases.readable(session, actor, case_id), form)

    def forms(self, actor: Actor, case_id: str) -> tuple[str, ...]:
        """The forms of this case that this person has begun and not sent."""
        with self._work() as (session, _):
            return kept.forms(session, actor, cases.readable(session, actor, case_id))

    def forget(self, actor: Actor, case_id: str, form: str) -> None:
        """It was sent."""
        with self._work() as (session, _):
            kept.forget(session, actor, cases.readable(session, actor, case_id), form)

    def keep_intake(self, actor: Actor, fields: Pairs) -> None:
        """Of a call of somebody new, for which there is no case yet; raises TooLarge."""
        actor.require(Permission.WORK_ON_CASES)
        with self._work() as (session, _):
            gone = kept_intake.forget_old(session, self._today())
            kept_intake.keep(session, self._today(), actor, fields)
        self._wipe_after(gone)

    def intake_of(self, actor: Actor) -> KeptFields | None:
        """What this person typed of such a call and did not send."""
        actor.require(Permission.WORK_ON_CASES)
        with self._work() as (session, _):
            gone = kept_intake.forget_old(session, self._today())
            found = kept_intake.of(session, actor)
        self._wipe_after(gone)
        return found

    def forget_intake(self, actor: Actor) -> None:
        """It was sent, or is not wanted."""
        actor.require(Permission.WORK_ON_CASES)
        with self._work() as (session, _):
            gone = kept_intake.forget(session, actor.person_id)
        self._wipe_after(gone)

    def _wipe_after(self, gone: bool) -> None:
        if gone:
            self._wipe()
