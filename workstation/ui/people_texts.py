"""Words for roles and skills, and for all that can be refused about people."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from workstation.casework.roles import Role
from workstation.ui.reason import Reason

ROLES: Mapping[Role, tuple[LazyString, LazyString]] = {
    Role.COUNSELLOR: (_l("Counsellor"), _l("reads own cases, answers, imports, makes releases")),
    Role.SUPERVISOR: (_l("Supervisor"), _l("reads every case, assigns them, sets rules, reads the ledger")),
    Role.ANALYST: (_l("Analyst"), _l("makes anonymous signals; sees no case")),
    Role.CUSTODIAN: (_l("Key custodian"), _l("lets people in and looks after keys; sees no case")),
    Role.COURIER: (_l("Courier"), _l("brings media in and takes them out; sees no case")),
    Role.AUDITOR: (_l("Auditor"), _l("reads the ledger, and nothing else")),
    Role.INTERPRETER: (_l("Interpreter"), _l("translates texts that are assigned; sees no case")),
}

SKILLS: Mapping[str, LazyString] = {
    "acute-danger": _l("Acute danger"),
    "self-harm": _l("Self-harm"),
    "children": _l("Children"),
    "sexual-violence": _l("Sexual violence"),
    "family-abroad": _l("Family abroad"),
    "digital-safety": _l("Digital safety"),
    "law": _l("Law"),
    "trauma": _l("Trauma"),
    "woman": _l("A woman, when a reporter asks for one"),
    "man": _l("A man, when a reporter asks for one"),
}

AWAY: Mapping[str, LazyString] = {
    "knows-the-reporter": _l("Knows the reporter"),
    "knows-somebody-concerned": _l("Knows somebody whom it is about"),
    "same-community": _l("Belongs to the same small community"),
    "works-for-a-party": _l("Works or worked for somebody whom it is about"),
    "own-wish": _l("Asked for it, without saying why"),
    "reporter-asked": _l("The reporter asked for it"),
}

_LOOK = _l("Nothing has changed. Look at what you chose, and try again.")
_CUSTODIAN = _l("Enter another custodian first.")

PEOPLE_REASONS: Mapping[str, Reason] = {
    "not-allowed": Reason(
        _l("This is not part of your roles."),
        _l("Nothing has happened. If you need it for your work, ask the supervisor or a key custodian."),
    ),
    "incompatible-roles": Reason(
        _l(
            "These roles never go together: whoever holds keys, carries media, counts or audits reads no "
            "case."
        ),
        _l("Nothing has changed. Choose others, or let another person take one of them."),
    ),
    "first-is-custodian": Reason(
        _l("The first person has to be a key custodian, so that somebody can let the others in."),
        _l("Enter a custodian first."),
    ),
    "last-custodian": Reason(
        _l("This is the last key custodian. Without one nobody could be let in any more."), _CUSTODIAN
    ),
    "own-access": Reason(
        _l("Nobody changes or ends their own access."), _l("Ask another key custodian to do it.")
    ),
    "weak-passphrase": Reason(
        _l("The passphrase is too easy to guess: it has at least 20 characters beside the name of the desk."),
        _l("Take seven words that dice chose, or let the workstation draw one."),
    ),
    "differs": Reason(
        _l("The two passphrases are not the same."), _l("Nothing has changed. Type both once more.")
    ),
    "wrong-sign-in": Reason(
        _l("Desk, passphrase and code do not belong together."),
        _l(
            "Look whether capital letters are switched on and whether the clocks of this machine and of your "
            "device agree, and try again with the next code."
        ),
    ),
    "code-used": Reason(
        _l("This code was used already. Each one works once."),
        _l("Wait for the next one, half a minute at most, and type it."),
    ),
    "try-later": Reason(
        _l("There were too many wrong tries, so this page waits before it takes another one."),
        _l("Wait five minutes, then try again. If the wrong tries were not yours, tell the supervisor."),
    ),
    "own-reply": Reason(
        _l("You wrote this answer, or a part of it. Here somebody else reads it before it leaves."),
        _l("It is saved as a draft. Ask a colleague to read and approve it."),
    ),
    "not-assignable": Reason(
        _l("This person's roles do not include working on cases."), _l("Give it to somebody else.")
    ),
    "kept-away": Reason(
        _l("This person is kept away from this case, because of who they know."),
        _l("Give it to somebody else. Whether that still holds, a supervisor decides."),
    ),
    "too-few-readers": Reason(
        _l("A second reader has to be another person, and only one here may read and answer."),
        _l("Let a key custodian enter one more counsellor or supervisor first."),
    ),
}

PERSON_REASONS: Mapping[str, Reason] = {
    "already-exists": Reason(
        _l("There is, or was, a desk of that name, and none is ever given to somebody else."),
        _l("Choose another name."),
    ),
    "bad-field": Reason(
        _l("The desk has 3 to 32 small letters, digits or hyphens, and there is at least one role."), _LOOK
    ),
    "wrong-passphrase": Reason(_l("This is not your passphrase."), _l("Nothing has changed. Type it again.")),
    "no-reason": Reason(_l("There is no reason yet."), _l("Nothing has changed. Choose one of the list.")),
    "not-confirmed": Reason(
        _l("The box was not ticked, so nothing was done."), _l("Tick it if you mean it, and press again.")
    ),
}
