"""What becomes of agreements, options, holds and proposals when their case is merged, split or destroyed.

- Merge: all goes along, sealed anew; what waits for a second person does not, for the case is another now.
- Split: an agreement that only the leaving source gave goes along; options stay; a hold keeps both cases.
- Everything withdrawn: agreements, options and proposals go; holds and what was passed on stay.
- Destroyed: nothing stays but the ledger.
"""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sluis.primitives import random_id
from workstation.casework import consent, holds, options, passed_on, referral, two_people, written
from workstation.casework.consent_models import Consent, ConsentSource, PassedOn
from workstation.casework.holds_models import Hold
from workstation.casework.models import Case
from workstation.casework.options_models import Option
from workstation.casework.words import box_of, resealed
from workstation.models import Thread


def merge(session: Session, other: Case, target: Case) -> None:
    """To be called while both keys are there."""
    for case in (other, target):
        two_people.forget(session, case)
    for row in session.scalars(select(Consent).where(Consent.case_pk == other.id)).all():
        _move_consent(other, target, row)
    old, new = box_of(other), box_of(target)
    for option in session.scalars(select(Option).where(Option.case_pk == other.id)).all():
        option.sealed_words = resealed(old, new, options.PLACE, option.row_id, option.sealed_words)
        option.case_pk = target.id
    for hold in session.scalars(select(Hold).where(Hold.case_pk == other.id)).all():
        hold.sealed_reason = resealed(old, new, holds.PLACE, hold.hold_id, hold.sealed_reason)
        hold.case_pk = target.id
    referral.merge(session, other, target)
    for gone in session.scalars(select(PassedOn).where(PassedOn.case_pk == other.id)).all():
        gone.sealed_recipient = resealed(old, new, passed_on.PLACE, gone.row_id, gone.sealed_recipient)
        gone.case_pk = target.id
    session.flush()


def split(session: Session, case: Case, made: Case, thread: Thread) -> None:
    """To be called once `thread` is of `made`."""
    two_people.forget(session, case)
    touched = select(ConsentSource.consent_pk).where(ConsentSource.thread_pk == thread.id)
    for row in session.scalars(select(Consent).where(Consent.id.in_(touched))).all():
        if [one.thread_pk for one in row.sources] == [thread.id]:
            _move_consent(case, made, row)
    for hold in session.scalars(select(Hold).where(Hold.case_pk == case.id)).all():
        _copy_hold(session, case, made, hold)
    session.flush()


def forget_words(session: Session, case: Case) -> None:
    """Every source of the case withdrew everything, or it is destroyed: what repeats their words goes."""
    two_people.forget(session, case)
    referral.forget_words(session, case)
    session.execute(delete(Option).where(Option.case_pk == case.id))
    mine = select(Consent.id).where(Consent.case_pk == case.id)
    session.execute(delete(ConsentSource).where(ConsentSource.consent_pk.in_(mine)))
    session.execute(delete(Consent).where(Consent.case_pk == case.id))


def forget(session: Session, case: Case) -> None:
    """The case is destroyed."""
    forget_words(session, case)
    for table in (Hold, PassedOn):
        session.execute(delete(table).where(table.case_pk == case.id))


def _move_consent(old: Case, new: Case, row: Consent) -> None:
    row.sealed_words = resealed(box_of(old), box_of(new), consent.PLACE, row.grant_id, row.sealed_words)
    row.case_pk = new.id


def _copy_hold(session: Session, old: Case, new: Case, hold: Hold) -> None:
    row_id = random_id()
    reason = written.unseal(old, holds.PLACE, hold.hold_id, hold.sealed_reason)
    sealed = written.seal(new, holds.PLACE, row_id, reason)
    session.add(
        Hold(
            hold_id=row_id,
            case_pk=new.id,
            first=hold.first,
            second=hold.second,
            day=hold.day,
            until_day=hold.until_day,
            lifted_day=hold.lifted_day,
            sealed_reason=sealed.sealed,
        )
    )
