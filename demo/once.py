"""`make demo`: one report's whole way, without a person; every step is said, and everything is checked."""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path

from demo.acts import (
    ActFailed,
    OperatorAtWork,
    answers,
    come_back,
    draw_codename,
    onion_person,
    report,
)
from demo.socks import wait_for_onion
from demo.stage import Progress, Stage

_FILE_SIZE = 5_000_000
_TEXT = "They visited my parents again and asked for my address here. I have no idea what to do now."
_ANSWER = "Thank you for telling us. You decide what happens next. These are three things you can do today."


def sha256(path: Path) -> str:
    """The hash of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def play(stage: Stage, say: Progress) -> None:
    """The story; raises ActFailed, CommandFailed, ProcessFailed or TorFailed when anything goes wrong."""
    tor_is_up = stage.start_tor()
    stage.make_instance()
    stage.start_sites()
    onions = tor_is_up()
    say(f"interfaces that the workstation sees: {stage.workstation.interfaces()}")
    for host, tor in ((onions.source, onions.visitor), (onions.journalist, onions.operator_visitor)):
        wait_for_onion(tor.socks_port, host, deadline_s=120)
    say(f"reporters' onion:  http://{onions.source}/")
    say(f"operators' onion:  http://{onions.journalist}/")

    operator = OperatorAtWork(onion_person(onions.operator_visitor, onions.journalist), stage.operator)
    operator.sign_in()
    operator.bring_release(newest(stage.medium, "release"))
    say("the operator brought the first release: the site can receive reports")

    source = onion_person(onions.visitor, onions.source)
    file = stage.folder / "photographs.bin"
    file.write_bytes(os.urandom(_FILE_SIZE))
    codename, page = draw_codename(source)
    say("a source drew a codename and typed it again")
    page = report(source, page, _TEXT, [file])
    if not any(file.name in item.text for item in page.root.all("#received-list li")):
        raise ActFailed(f"the file is not on the list of what arrived: {page.text[:900]}")
    say(f"the source was told 'received': a text, and a file of {_FILE_SIZE:,} bytes")
    sent = sha256(file)
    say(f"SHA-256 as sent:      {sent}")
    file.unlink()

    export = operator.fetch_export(stage.medium)
    say(f"the operator fetched an export of {export.stat().st_size:,} bytes onto the medium")
    say("the workstation imports it:\n" + indent(stage.workstation.run("import", str(export))))
    inbox = stage.workstation.run("list")
    alias = next(line.split("│")[1].strip() for line in inbox.splitlines() if line.startswith("│"))
    shown = stage.workstation.run("show", alias)
    if _TEXT not in shown:
        raise ActFailed(f"the report is not what was written: {shown}")
    say(f"a counsellor reads, and knows the source as {alias}:\n" + indent(shown))
    found = re.search(r"file (\w+) photographs", shown)
    if found is None:
        raise ActFailed(f"the file did not arrive: {shown}")
    saved = stage.folder / "saved.bin"
    stage.workstation.run("save-file", found[1], str(saved), "--yes")
    arrived = sha256(saved)
    saved.unlink()
    say(f"SHA-256 as arrived:   {arrived}")
    if arrived != sent:
        raise ActFailed("the file that arrived is another one")

    stage.workstation.run("reply", alias, "--language", "en", "--approve", text=_ANSWER)
    say("the counsellor answered:\n" + indent(stage.workstation.run("release", str(stage.medium))))
    operator.bring_release(newest(stage.medium, "release"))
    say("the operator brought the release")

    again = onion_person(onions.visitor, onions.source)
    texts = answers(come_back(again, codename))
    if [" ".join(text.split()) for text in texts] != [_ANSWER]:
        raise ActFailed(f"the answer is not what was written: {texts}")
    say("the source came back with the codename and reads:\n" + indent(texts[0].strip()))
    say("done: report, export, import, answer, release, read")


def newest(folder: Path, kind: str) -> Path:
    """The file on the medium with the highest number in its name, which begins with `kind`."""
    return max(folder.glob(f"{kind}*"), key=lambda path: path.name)


def indent(text: str) -> str:
    """Lines of a quotation."""
    return "\n".join(f"      {line}" for line in text.strip().splitlines())


def narrator() -> Progress:
    """Says each step with the seconds since the start."""
    begun = time.monotonic()

    def say(step: str) -> None:
        print(f"[{time.monotonic() - begun:5.1f} s] {step}", flush=True)

    return say
