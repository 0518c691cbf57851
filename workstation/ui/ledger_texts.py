"""Plain words for the ledger: every kind that the program writes, its facts, and what verifying found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from workstation.casework import codebook, retention
from workstation.casework.ledger import Verdict
from workstation.casework.ledger_names import Line, Party
from workstation.casework.roles import Role
from workstation.ui import (
    agreement_texts,
    answer_texts,
    case_texts,
    holds_texts,
    people_texts,
    referral_texts,
    texts,
)
from workstation.ui.posted import number
from workstation.ui.reason import Reason

# A test looks for every kind that is appended anywhere; what case_texts says of one is said here too.
KINDS: Mapping[str, LazyString] = {
    **case_texts.EVENTS,
    "merged-into": _l("Merged into another case; its own key was destroyed"),
    "destroyed": _l("The case was destroyed: its key, words and files"),
    "imported": _l("An export was taken in"),
    "released": _l("A release was made"),
    "moved": _l("The cases moved to another database"),
    "rule-changed": _l("A rule of this workstation was changed"),
    "directory-signed": _l("A directory of services was signed off"),
    "directory-taken-in": _l("A directory of services was taken in"),
    "person-added": _l("Somebody was entered"),
    "roles-changed": _l("Somebody got other roles"),
    "abilities-changed": _l("Skills or languages of somebody were changed"),
    "access-renewed": _l("Somebody got new access; the former one was destroyed"),
    "passphrase-changed": _l("Somebody changed their own passphrase"),
    "person-left": _l("The access of somebody was ended"),
}

FACTS: Mapping[str, LazyString] = {
    "agreement": _l("agreement"),
    "purpose": _l("for"),
    "fields": _l("what"),
    "shown": _l("how recognisable"),
    "until": _l("until"),
    "matter": _l("what"),
    "early": _l("before its day, because"),
    "offered": _l("offered by"),
    "choice": _l("choice"),
    "options": _l("options discussed"),
    "none": _l("no option, because"),
    "urgency": _l("urgency"),
    "reason": _l("because"),
    "review": _l("to be looked at again"),
    "due": _l("to be done by"),
    "codes": _l("codes"),
    "codebook": _l("version of the codebook"),
    "with": _l("the other case"),
    "into": _l("the other case"),
    "kind": _l("how"),
    "to": _l("given to"),
    "person": _l("who"),
    "roles": _l("roles"),
    "before": _l("roles before"),
    "rule": _l("rule"),
    "on": _l("switched on"),
    "closed": _l("closed on"),
    "retention": _l("kept for"),
    "by": _l("how"),
    "how": _l("how"),
    "instead": _l("in place of the one before"),
    "version": _l("version"),
    "services": _l("services in it"),
    "places": _l("places taken out"),
    "form": _l("in which form"),
    "answer": _l("which answer"),
    "release": _l("number of the release"),
    "outside": _l("outside the fixed days"),
    "days": _l("days of the week"),
    "server": _l("server"),
    "several": _l("of several seats"),
    "serial": _l("number of the export"),
    "expected": _l("expected"),
    "verified": _l("verified"),
    "incomplete": _l("not whole yet"),
    "replayed": _l("seen before"),
    "refused": _l("refused"),
    "damaged": _l("places that could not be read"),
    "unreadable": _l("the facts cannot be read: they were changed"),
}

GONE: Mapping[str, LazyString] = {"destroyed": _l("destroyed"), "merged": _l("merged into another")}

_RULES: Mapping[str, LazyString] = {
    "second-reading": _l("second reader"),
    "receipts": _l("a receipt for each first message"),
    "release-days": _l("days on which releases leave"),
    "sheet-heading": _l("heading of what is passed on"),
}
_YES_NO: Mapping[str, LazyString] = {"yes": _l("yes"), "no": _l("no")}
_BY: Mapping[str, LazyString] = {
    "arrival": _l("something new arrived from the reporter"),
    "withdrawal": _l("the reporter withdrew"),
    "receipt": _l("a receipt, written by the import"),
}
_REASONS: Mapping[str, Mapping[str, LazyString]] = {
    "assessed": case_texts.REASONS,
    "closed": case_texts.CLOSE_REASONS,
    "kept-away": people_texts.AWAY,
    "hold-set": holds_texts.HOLD_REASONS,
    "muted": answer_texts.MUTE_REASONS,
}

NO_HEAD = Reason(
    _l("This is not a head: a head has 16 groups of four, made of digits and of letters from a to f."),
    _l("Nothing was verified. Compare what you typed with your paper, group by group."),
)
NO_ID = Reason(
    _l("This is not an id: an id has 32 digits or letters from a to f."),
    _l("Copy it from an entry, or leave the field empty."),
)


@dataclass(frozen=True)
class Result:
    """What verifying found: `good` unless something does not follow or the noted head is not there."""

    good: bool
    headline: str
    meaning: str


def kind_text(kind: str) -> str:
    """What happened; the kind itself when it is one that this version does not know."""
    return str(KINDS.get(kind, kind))


def kind_choices() -> list[tuple[str, str]]:
    """(kind, words), by the words."""
    return sorted(((kind, str(words)) for kind, words in KINDS.items()), key=lambda pair: pair[1].casefold())


def party_text(party: Party) -> str:
    """A desk, an alias, or what an id is of when its name is unknown or not shown; without the id."""
    if party.what == "nobody":
        return str(_("nobody"))
    if party.gone:
        return str(_("a case, %(gone)s", gone=str(GONE[party.gone])))
    return party.name or str(_("a case") if party.what == "case" else _("not known here"))


def facts_text(line: Line) -> list[tuple[str, str]]:
    """(what, words) for each fact of an entry; codes that this version does not know stand as they are."""
    return [
        (str(FACTS.get(key, key)), _fact(line, key, value)) for key, value in sorted(line.entry.facts.items())
    ]


def _fact(line: Line, key: str, value: str) -> str:
    if key in line.named:
        party = line.named[key]
        return party_text(party) if party.name or party.what == "nobody" else party.id
    if key == "reason":
        return str(_REASONS.get(line.entry.kind, {}).get(value, value))
    if key == "rule" and line.entry.kind == "destroyed":
        return _kept_for(value)
    return _WORDS[key](value) if key in _WORDS else value


def _day(value: str) -> str:
    day = number(value, None, digits=6)
    return value if day is None else texts.day_text(day)


def _kept_for(rule: str) -> str:
    days = retention.current().days.get(rule)
    if days is None:
        return rule
    return str(_("%(days)s days after it was closed", days=texts.number_text(days)))


def _codes(value: str) -> str:
    book, locale = codebook.current(), get_locale()
    language = locale.language if locale else "en"
    return "; ".join(f"{code}: {book.text(code, language)}" for code in value.split()) or str(_("none"))


def _weekdays(value: str) -> str:
    known = (str(answer_texts.WEEKDAYS.get(one, one)) for one in value.split())
    return ", ".join(known) or str(_("none"))


def _fields(value: str) -> str:
    return "; ".join(str(referral_texts.FIELDS.get(one, one)) for one in value.split()) or str(_("none"))


def _roles(value: str) -> str:
    return ", ".join(
        str(people_texts.ROLES[Role(one)][0]) if one in set(Role) else one for one in value.split(",")
    )


def _of(words: Mapping[str, LazyString]) -> Callable[[str], str]:
    return lambda value: str(words.get(value, value))


_WORDS: Mapping[str, Callable[[str], str]] = {
    "urgency": _of(case_texts.URGENCIES),
    "review": _day,
    "due": _day,
    "until": _day,
    "none": _of(agreement_texts.NO_OPTIONS),
    "closed": _day,
    "codes": _codes,
    "kind": _of(case_texts.LINK_KINDS),
    "roles": _roles,
    "before": _roles,
    "rule": _of(_RULES),
    "on": _of(_YES_NO),
    "outside": _of(_YES_NO),
    "several": _of(_YES_NO),
    "days": _weekdays,
    "retention": _kept_for,
    "by": _of({**_BY, **agreement_texts.ENDED}),
    "form": _of(referral_texts.HOW),
    "how": _of(agreement_texts.GIVEN),
    "answer": _of(agreement_texts.ANSWERS),
    "choice": _of(agreement_texts.CHOICES),
    "early": _of(agreement_texts.EARLY),
    "fields": _fields,
    "matter": _of(agreement_texts.MATTERS),
    "offered": _of(agreement_texts.OFFERED),
    "purpose": _of(agreement_texts.PURPOSES),
    "shown": _of(agreement_texts.SHOWN),
    "instead": _of(_YES_NO),
    "unreadable": _of(_YES_NO),
}


def result_text(verdict: Verdict) -> Result:
    """What verifying found, and what that means."""
    entries, at = texts.number_text(verdict.entries), texts.number_text(verdict.anchor)
    if verdict.broken:
        number = texts.number_text(verdict.broken)
        return Result(False, _("Broken at entry %(number)s.", number=number), _broken_means(verdict, at))
    whole = _("Whole: each of the %(entries)s entries follows from the one before.", entries=entries)
    if verdict.anchored is None:
        return Result(
            True,
            whole,
            _(
                "You gave no head, so this says only that nobody changed a single entry and left the others. "
                "It does not say that the ledger is the one of last month: type a head that was noted then."
            ),
        )
    if not verdict.anchored:
        return Result(
            False,
            _("The head you noted is NOT in it."),
            _(
                "%(whole)s But it is not the ledger from which that head was noted: entries were taken off "
                "its end, or it was written anew, or an older copy was put back, or the head was copied "
                "wrongly. Compare your paper first, then tell the supervisor and both organisations of the "
                "key custodians, and leave the machine as it is.",
                whole=whole,
            ),
        )
    return Result(
        True,
        _("Whole, and the head you noted is in it."),
        _(
            "%(whole)s Yours is that of entry %(at)s: it and all before it are as they were when it was "
            "noted.",
            whole=whole,
            at=at,
        ),
    )


def _broken_means(verdict: Verdict, at: str) -> str:
    told = _(
        "This entry does not follow from the one before: it was changed, or one was taken out or put in "
        "between. From here on nothing in the ledger proves anything. Tell the supervisor and both "
        "organisations of the key custodians, and leave the machine as it is."
    )
    if verdict.anchor:
        more = _("The head you noted is that of entry %(at)s: all up to it is as it was.", at=at)
    elif verdict.anchored is False:
        more = _("The head you noted is NOT in the part before it.")
    else:
        more = ""
    return f"{told} {more}".strip()
