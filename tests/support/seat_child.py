"""A seat as a program of its own: `python -m tests.support.seat_child FOLDER`, a line in, a line out.

The first line is who signs in; each other one a list: what to do, and its arguments. It answers with what was
done, or with the code of a refusal. Its scratch is the folder that it was started in.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sluis.errors import SluisError
from tests.support.people import MOMENT, code_of
from workstation.casework import writing
from workstation.casework.cases import workable
from workstation.casework.roles import Role
from workstation.casework.triage import Triage
from workstation.office import Office
from workstation.records import ReplyEntry
from workstation.signing_in import Doorkeeper

Do = Callable[..., Any]


class Work:
    """What a seat is told to do, by the names of these methods."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.actor = office.actor

    def cases(self) -> list[str]:
        """Ids of the inbox."""
        return [one.case_id for one in self.office.cases.inbox(self.actor).lines]

    def see(self, case_id: str) -> dict[str, Any]:
        """What stands on its page."""
        view = self.office.cases.view(self.actor, case_id)
        answers = [
            entry for one in view.conversations for entry in one.entries if isinstance(entry, ReplyEntry)
        ]
        return {
            "urgency": view.line.urgency,
            "judged": view.judged_mark,
            "notes": [one.text for one in view.notes],
            "codes": list(view.codes),
            "threads": [one.summary.thread_id for one in view.conversations],
            "answers": [[one.reply_id, one.state, one.text, one.mark] for one in answers],
        }

    def judge(self, case_id: str, danger: str, codes: list[str], seen: str) -> None:
        """A triage."""
        judged = Triage(danger=danger)
        self.office.cases.assess(self.actor, case_id, judged, codes=frozenset(codes), seen=seen)

    def note(self, case_id: str, text: str) -> None:
        """A note."""
        self.office.cases.add_note(self.actor, case_id, text)

    def draft(self, thread_id: str, text: str) -> str:
        """An answer."""
        return self.office.answers.draft(self.actor, thread_id, text, "en")

    def edit(self, reply_id: str, text: str, seen: str) -> None:
        """Another text for it."""
        self.office.answers.edit(self.actor, reply_id, text, "en", seen=seen)

    def approve(self, reply_id: str, seen: str) -> None:
        """After reading it."""
        self.office.answers.approve(self.actor, reply_id, seen=seen)

    def release(self) -> int:
        """For every server."""
        return len(self.office.releases.make(self.actor, outside=True))

    def end(self, desk: str) -> None:
        """Ends somebody's access."""
        person = self.office.people.find_desk(self.actor, desk)
        self.office.people.deactivate(self.actor, person.person_id)

    def make_supervisor(self, desk: str) -> None:
        """Other roles for somebody."""
        person = self.office.people.find_desk(self.actor, desk)
        self.office.people.set_roles(self.actor, person.person_id, frozenset({Role.SUPERVISOR}))

    def find(self, query: str) -> list[str]:
        """What stands in the places that a search finds."""
        return [one.snippet.text for one in self.office.search.find(self.actor, query).places]

    def half(self, case_id: str) -> None:
        """Stops in the middle of a transaction, and is never heard of again."""
        with self.office._work() as (session, _):
            case = workable(session, self.actor, case_id)
            writing.add_note(session, self.office._today(), self.actor, case, "half of it")
            writing.assess(session, self.office._today(), self.actor, case, Triage(danger="now"))
            session.flush()
            say({"half": True})
            sys.stdin.readline()


def say(told: Mapping[str, Any]) -> None:
    """One line."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main(folder: Path) -> None:
    """Until its input ends, or it is killed."""
    desk, passphrase, secret, day = json.loads(sys.stdin.readline())
    doorkeeper = Doorkeeper(lambda: float(MOMENT), lambda: 0.0)
    code = code_of(secret, MOMENT)
    with Office.sign_in(folder, desk, passphrase, code, today=lambda: day, doorkeeper=doorkeeper) as office:
        say({"done": office.actor.desk})
        work = Work(office)
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            do: Do = getattr(work, name)
            try:
                say({"done": do(*arguments)})
            except SluisError as error:
                say({"refused": error.code})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
