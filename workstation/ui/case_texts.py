"""Plain words for all that casework keeps as codes."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from workstation.ui import agreement_texts
from workstation.ui.reason import Reason

URGENCIES: Mapping[str, LazyString] = {
    "P0": _l("P0: now"),
    "P1": _l("P1: today"),
    "P2": _l("P2: this week"),
    "P3": _l("P3: this month"),
    "": _l("not judged yet"),
}

REASONS: Mapping[str, LazyString] = {
    "danger-now": _l("danger now"),
    "self-harm": _l("self-harm"),
    "minor-in-danger": _l("a minor, and danger"),
    "weapon-and-address": _l("a weapon, and the address is known"),
    "travel-into-danger": _l("about to travel, and danger"),
    "danger-72h": _l("danger within three days"),
    "minor": _l("a minor is concerned"),
    "weapon": _l("a weapon"),
    "violence": _l("violence"),
    "travel": _l("about to travel"),
    "family": _l("family abroad at risk"),
    "danger-weeks": _l("danger within weeks"),
    "danger-unclear": _l("nobody knows yet how great the danger is"),
    "address-known": _l("the address is known"),
    "device": _l("others may read along"),
    "coerced": _l("coerced to take part"),
    "no-danger": _l("none of the answers says danger"),
    "judgement": _l("judged by a person, see the remarks"),
}

RISKS: Mapping[str, LazyString] = {
    "reported-now": _l("The reporter says: danger now. Nobody has judged it yet."),
    "reported-72h": _l("The reporter says: danger within three days. Nobody has judged it yet."),
    "reported-weeks": _l("The reporter says: danger within weeks. Nobody has judged it yet."),
    "danger-now": _l("Danger now"),
    "danger-72h": _l("Danger within three days"),
    "self-harm": _l("Self-harm"),
    "minor": _l("A minor is concerned"),
    "weapon": _l("A weapon"),
    "violence": _l("Violence"),
    "address-known": _l("They know the address"),
    "travel": _l("About to travel"),
    "family": _l("Family abroad at risk"),
    "worse": _l("Acting would make it worse for the family: do nothing without the reporter"),
    "device": _l("Others may read along: no detail in an answer"),
    "coerced": _l("Coerced to take part"),
    "deception": _l("This may be meant to deceive: confirm no other case, and nothing about us"),
    "muted": _l("Muted: what arrives does not count as new"),
    "withdrawn": _l("Withdrawn: pass nothing on, and take out of the notes what repeats it"),
    "no-sharing": _l("Do not pass anything on"),
}

QUESTIONS: Mapping[str, LazyString] = {
    "danger": _l("Danger"),
    "self_harm": _l("Self-harm"),
    "minor": _l("A minor is concerned"),
    "violence": _l("Violence"),
    "weapon": _l("A weapon"),
    "address_known": _l("They know the address"),
    "travel": _l("About to travel"),
    "family": _l("Family abroad at risk"),
    "worse": _l("Would acting make it worse for them?"),
    "device": _l("Device of the reporter"),
    "gender": _l("Wants to speak with"),
    "relation": _l("It happened to"),
    "facts": _l("Confidence in the facts"),
    "attribution": _l("Confidence that a state is behind it"),
    "corroboration": _l("Corroboration"),
    "deception": _l("Risk of deception"),
}

GROUPS: tuple[tuple[LazyString, tuple[str, ...]], ...] = (
    (_l("Danger"), ("danger", "self_harm", "minor", "violence", "weapon", "address_known", "travel")),
    (_l("Family abroad"), ("family", "worse")),
    (_l("Reaching the reporter"), ("device", "gender", "relation")),
    (_l("What it is worth"), ("facts", "attribution", "corroboration", "deception")),
)

_ANSWERS: Mapping[str, LazyString] = {
    "unclear": _l("not clear"),
    "unknown": _l("not known"),
    "yes": _l("yes"),
    "no": _l("no"),
    "now": _l("now"),
    "72h": _l("within three days"),
    "weeks": _l("within weeks"),
    "none": _l("none"),
    "safe": _l("safe"),
    "shared": _l("shared with others"),
    "watched": _l("watched"),
    "suspected": _l("perhaps watched"),
    "any": _l("anybody"),
    "woman": _l("a woman"),
    "man": _l("a man"),
    "self": _l("the reporter"),
    "family": _l("family of the reporter"),
    "witness": _l("others: the reporter saw it"),
    "third-party": _l("others: the reporter heard of it"),
    "coerced": _l("others: the reporter was coerced to help"),
    "low": _l("low"),
    "medium": _l("medium"),
    "high": _l("high"),
    "partly": _l("partly"),
    "full": _l("fully"),
}

CLOSE_REASONS: Mapping[str, LazyString] = {
    "done": _l("Everything that was agreed is done"),
    "referred": _l("Taken over by another organisation"),
    "no-contact": _l("The reporter no longer answers"),
    "withdrawn": _l("The reporter withdrew it"),
    "not-for-us": _l("Not for this line; said so, and where to go"),
    "false": _l("Not true, or meant to deceive"),
    "test": _l("A test or an exercise"),
}

LINK_KINDS: Mapping[str, LazyString] = {
    "same-event": _l("the same event"),
    "same-place": _l("the same place"),
    "same-people": _l("the same people are behind it"),
    "perhaps-same-reporter": _l("perhaps the same reporter"),
    "split": _l("was one case with this one"),
}

EVENTS: Mapping[str, LazyString] = {
    **agreement_texts.EVENTS,
    "answer-approved": _l("An answer was approved"),
    "answer-sealed": _l("An answer went into a release"),
    "answer-exported": _l("An answer was on its way"),
    "answer-collected": _l("The reporter opened an answer"),
    "answer-expired": _l("An answer was not opened in time"),
    "answer-withdrawn": _l("An answer was taken back"),
    "answer-deleted": _l("The reporter deleted an answer"),
    "muted": _l("Muted"),
    "unmuted": _l("No longer muted"),
    "file-stripped": _l("A copy of a file was made, without what it says of its making"),
    "opened": _l("The case was opened"),
    "reopened": _l("Opened again"),
    "assigned": _l("Given to another desk, or to nobody"),
    "assessed": _l("Judged"),
    "noted": _l("A note was written"),
    "note-destroyed": _l("A note was destroyed"),
    "notes-destroyed": _l("All notes were destroyed, because everything was withdrawn"),
    "task-added": _l("A task was written down"),
    "task-done": _l("A task was done"),
    "redacted": _l("Words were taken out of a message, for others"),
    "referred": _l("A sheet or a packet was made for a service"),
    "coded": _l("Codes were given"),
    "merged": _l("Another case was merged into this one"),
    "split": _l("A conversation left for a case of its own"),
    "linked": _l("Linked to another case"),
    "unlinked": _l("A link was taken away"),
    "closed": _l("Closed"),
    "kept-away": _l("Somebody is kept away from the case"),
    "allowed-again": _l("Somebody is no longer kept away from the case"),
    "told": _l("A call or a visit was written down"),
    "codename-drawn": _l("A codename was drawn here, to be handed over"),
    "translated": _l("A message was translated"),
    "translation-asked": _l("An interpreter was asked for a translation"),
    "translation-handed-in": _l("An interpreter handed a translation in"),
    "translation-taken-back": _l("A text was taken back from an interpreter, and destroyed"),
    "translation-taken-over": _l("An answer was replaced by its translation"),
}

CASE_REASONS: Mapping[str, Reason] = {
    **agreement_texts.REASONS,
    "reason-needed": Reason(
        _l("You chose another urgency than your answers give, and did not say why."),
        _l("Write the reason under Remarks, or choose the urgency that the answers give."),
    ),
    "detail-unchecked": Reason(
        _l("Others may read along with this reporter, and nobody confirmed that the answer holds no detail."),
        _l("Read the answer once more. If it holds no detail, tick that below it, then approve."),
    ),
    "not-due": Reason(
        _l("The time for which this case is kept is not over, so it was not destroyed."),
        _l("Look at its clock. A case is destroyed when it is closed and its day has come."),
    ),
}


def answer_text(answer: str) -> str:
    """An answer of the triage in words; its code when it is one that this version does not know."""
    return str(_ANSWERS.get(answer, answer))


def reason_text(code: str) -> str:
    """Why a case has its urgency."""
    return str(REASONS.get(code, code))


def risk_text(code: str) -> str:
    """A risk, as the banner says it."""
    return str(RISKS.get(code, code))


def event_text(kind: str) -> str:
    """What happened to a case."""
    return str(EVENTS.get(kind, kind))


def review_choices() -> list[tuple[str, str]]:
    """(days from today, words); "": as the urgency asks."""
    days = ((0, _("today")), (1, _("tomorrow")), (3, _("in three days")), (7, _("in a week")))
    later = ((14, _("in two weeks")), (28, _("in four weeks")), (90, _("in three months")))
    return [("", _("as the urgency asks")), *((str(number), words) for number, words in (*days, *later))]


def due_choices() -> list[tuple[str, str]]:
    """(days from today, words) for a task."""
    return [one for one in review_choices() if one[0]]
