"""Passing something on without consent, in acute danger only: two people, one recipient, a week at most.

Sources are told beforehand that this exists. It is for danger to a life, never for a quotation, an analysis
or the interest of a service; the reason is kept, and everybody who may read the case sees it.
"""

from __future__ import annotations

import json

from sqlalchemy.orm import Session

from workstation.casework import ledger, two_people, written
from workstation.casework.consent import PLACE, coded, with_words
from workstation.casework.consent_models import Consent, ConsentSource
from workstation.casework.consent_terms import (
    EXCEPTION_DAYS_MAX,
    EXCEPTION_PURPOSES,
    TEXT_MAX,
    Answer,
    BadTerms,
    Terms,
    joined,
)
from workstation.casework.models import Case
from workstation.casework.roles import Actor
from workstation.casework.two_people import Matter
from workstation.casework.two_people_models import Proposal


def propose(
    session: Session, day: int, actor: Actor, case: Case, terms: Terms, days: int, reason: str
) -> Proposal:
    """It allows nothing until somebody else has confirmed it, today or tomorrow; then for `days` days.

    Raises NotAllowed, NeedsTwo, BadTerms.
    """
    if terms.purpose not in EXCEPTION_PURPOSES:
        raise BadTerms("exception-purpose")
    if not 1 <= days <= EXCEPTION_DAYS_MAX:
        raise BadTerms("exception-days")
    if not reason.strip() or len(reason) > TEXT_MAX:
        raise BadTerms("reason")
    return two_people.propose(
        session,
        day,
        actor,
        case,
        Matter.EXCEPTION,
        {
            "purpose": terms.purpose.value,
            "recipient": terms.recipient,
            "fields": joined(terms.fields),
            "identifiability": terms.identifiability.value,
            "days": str(days),
            "reason": reason,
        },
    )


def confirm(session: Session, day: int, actor: Actor, case: Case, proposal_id: str) -> Consent:
    """From now on it counts. Raises what two_people.confirm does."""
    decided = two_people.confirm(session, day, actor, case, Matter.EXCEPTION, proposal_id)
    terms, row_id = decided.terms, bytes.fromhex(decided.proposal_id)
    words = {"recipient": terms["recipient"], "language": "", "text": terms["reason"]}
    sealed = written.seal(case, PLACE, row_id, json.dumps(words, sort_keys=True).encode("ascii"))
    row = Consent(
        grant_id=row_id,
        case_pk=case.id,
        author=bytes.fromhex(decided.proposer),
        second=actor.person_id,
        day=day,
        purpose=terms["purpose"],
        identifiability=terms["identifiability"],
        fields=terms["fields"],
        answer=Answer.YES.value,
        expiry_day=day + int(terms["days"]),
        how="",
        message_id=b"",
        sealed_words=sealed.sealed,
        sources=[ConsentSource(thread_pk=one) for one in sorted(with_words(session, case))],
    )
    session.add(row)
    session.flush()
    facts = {"person": decided.proposer, **coded(row)}
    ledger.append(session, day, actor, "exception-made", case.case_id, facts, sealed.commitment)
    return row
