"""A server's three real processes in use for a moment, and all that they log, write and set meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPResponse
from pathlib import Path
from unittest.mock import patch

from demo.acts import ActFailed, OperatorAtWork, come_back, draw_codename, report
from demo.person import Person
from demo.stage import Operator
from demo.unix_http import UnixConnection, circuit_line
from keys.operators import make_operator
from tests.support.server_processes import HOST, PASSPHRASE, Plan, Server, server, wait_until
from tests.support.watched_writes import read_trace, strace

PROCESSES = ("mailroom", "source", "journalist")
_COMMANDS = ("init", "add-operator")
_ENDED = re.compile(r"\+\+\+ (?:exited with|killed by) ")


@dataclass
class Traces:
    """What a server in use left: log lines by process, files by the inventory's names, sizes, cookies."""

    logs: dict[str, list[str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    sizes: dict[str, int] = field(default_factory=dict)
    cookies: set[str] = field(default_factory=set)


class _Use:
    def __init__(self, made: Server) -> None:
        self.made = made
        self.traces = Traces()

    def _around(self, name: str) -> tuple[str, ...]:
        # -D: the program stays our child and gets our signals; strace goes when it has ended.
        return strace(self._trace(name), 0, "-D")

    def _trace(self, name: str) -> Path:
        return self.made.folder / "logs" / f"{name}.trace"

    def _start(self, name: str, *arguments: str) -> None:
        self.made.start(name, *arguments, "--config", str(self.made.config), around=self._around(name))

    def run(self) -> Traces:
        made = self.made
        self._start("init", "mailroom", "init")
        made.processes.finish("init")
        made.office.enrol_server((made.store / "enrol.request").read_bytes(), "server")
        operator = self._operator()
        self._start("mailroom", "mailroom", "serve")
        made.start("source", "source_interface.wsgi", around=self._around("source"))
        self._start("journalist", "journalist_interface", "serve")
        made.wait_for(*PROCESSES)
        made.bring_release()
        with patch.object(Person, "_keep_cookies", self._keeping(Person._keep_cookies)):
            codename = self._a_report()
            self._an_exchange(operator)
            self._an_answer_is_deleted(codename)
        self.traces.files |= set(self._resting())
        for name in reversed(PROCESSES):
            made.processes.stop(name)
        for name in (*_COMMANDS, *PROCESSES):
            self._read(name)
        return self.traces

    def _keeping(self, keep: object) -> object:
        def keep_cookies(person: Person, response: HTTPResponse) -> None:
            for header in response.headers.get_all("Set-Cookie") or []:
                self.traces.cookies.add(header.partition("=")[0].strip())
            keep(person, response)  # type: ignore[operator]

        return keep_cookies

    def _operator(self) -> OperatorAtWork:
        made = make_operator("desk-one", PASSPHRASE)
        record = self.made.folder / "operator.record"
        record.write_bytes(made.record)
        self._start("add-operator", "journalist_interface", "add-operator", "--record", str(record))
        self.made.processes.finish("add-operator")
        line = circuit_line(1 << 20)
        person = Person(HOST, lambda: UnixConnection(self.made.journalist_socket, proxy_line=line))
        return OperatorAtWork(person, Operator(made.alias, PASSPHRASE, made.totp_secret, ""))

    def _a_report(self) -> str:
        file = self.made.folder / "photograph.bin"
        file.write_bytes(b"p" * 200_000)
        source = self.made.visitor()
        codename, page = draw_codename(source)
        report(source, page, "They came to the house.", [file])
        source.press(source.open("/en/mailbox"), "leave-form")
        source.open("/en/nowhere")
        wrong = source.open("/en/return")
        source.press(wrong, "return-form", {"codename": "no such words"})
        return codename

    def _an_exchange(self, operator: OperatorAtWork) -> None:
        made, person = self.made, operator.person
        form = person.open("/en/sign-in")
        person.press(form, "signin-form", {"alias": "nobody", "passphrase": "wrong", "code": "000000"})
        operator.sign_in()
        made.take_in(operator.fetch_export(made.media))
        (thread,) = made.office.conversations.all(made.office.actor)
        made.office.answers.approve(
            made.office.actor,
            made.office.answers.draft(made.office.actor, thread.thread_id, "We have read it.", "en"),
        )
        (release,) = made.office.releases.make(made.office.actor)
        path = made.media / "release"
        path.write_bytes(release.data)
        operator.bring_release(path)
        try:
            operator.bring_release(path)
        except ActFailed:
            person.open("/en/nowhere")
        person.press(person.open("/en/exports"), "signout-form")

    def _an_answer_is_deleted(self, codename: str) -> None:
        source = self.made.visitor()
        mailbox = come_back(source, codename)
        source.press(mailbox, mailbox.root.one(".delete-form"))

    def _named(self, path: Path) -> str:
        made = self.made
        for folder, name in ((made.store, "store"), (made.run, "run")):
            if path.is_relative_to(folder):
                return f"{name}/{path.relative_to(folder)}"
        if str(path).startswith(str(made.accounts)):
            return "DATABASE" + str(path).removeprefix(str(made.accounts))
        return str(path)

    def _resting(self) -> Iterator[str]:
        """Everything that lies in the server's folders now."""
        made = self.made
        beside = made.accounts.parent.glob(f"{made.accounts.name}*")
        for path in (*made.store.rglob("*"), *made.run.rglob("*"), *beside):
            if not path.is_dir():
                self.traces.sizes[self._named(path)] = path.stat().st_size
                yield self._named(path)

    def _read(self, name: str) -> None:
        trace, logs = self._trace(name), self.made.folder / "logs"
        wait_until(lambda: _ENDED.search(_tail(trace)) is not None, f"the trace of {name} is complete")
        seen = read_trace(trace, "\0")
        for path in seen.opened_for_writing | seen.files_written:
            if Path(path).parent != logs:  # where this run keeps what a service would send nowhere
                self.traces.files.add(self._named(Path(path)))
        self.traces.files |= {self._named(Path(path)) for path in seen.shared_maps}
        if name in PROCESSES:
            self.traces.logs[name] = (logs / f"{name}.log").read_text("utf-8").splitlines()


def _tail(path: Path) -> str:
    lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
    return lines[-1] if lines else ""


def traces_of_a_server_in_use(folder: Path) -> Traces:
    """Runs a demo server, as it is shipped, through a report, an export, an answer and its deletion."""
    with server(folder, Plan(kdf=None)) as made:
        return _Use(made).run()
