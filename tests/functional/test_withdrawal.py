"""A source takes back what it sent: through the real site, mailroom, export, import, release, and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.acts import answers, come_back, draw_codename, expect, report
from demo.person import Page, Person
from tests.support.server_processes import Plan, Server, messages, received, server
from workstation.records import ReplyEntry

pytestmark = pytest.mark.slow

TEXT = "It was my cousin who told them.\nPlease tell nobody."
ANSWER = "Thank you for telling us about your cousin."


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path, Plan(banks=5)) as made:
        made.open()
        yield made


def take_back(source: Person, mailbox: Page, scope: str) -> Page:
    """From the mailbox to the page that says it was received."""
    expect(mailbox, "#withdraw-link", "nothing leads to taking back")
    page = source.press(source.open("/en/withdraw"), "withdraw-form", {"scope": scope})
    expect(page, "#withdrawn", "the withdrawal was not received")
    return page


def carry_out(site: Server) -> None:
    """A release onto a medium, and from there to the mailroom."""
    (made,) = site.office.releases.make(site.office.actor)
    (written,) = site.office.releases.write(site.office.actor, site.media)
    assert written.sha256 == made.sha256
    site.operator.import_release(written.path.read_bytes())


def vault(site: Server) -> list[Path]:
    return list((site.folder / "office" / "vault").iterdir())


def test_everything_is_taken_back_and_destroyed_and_the_source_is_told(site: Server, tmp_path: Path) -> None:
    source = site.visitor()
    codename, page = draw_codename(source)
    photo = tmp_path / "cousin.jpg"
    photo.write_bytes(b"\xff\xd8" + bytes(200_000))
    assert len(received(report(source, page, TEXT, [photo]))) == 2
    export = site.export()
    assert site.take_in(export).verified_sets == 2
    (thread,) = site.office.conversations.all(site.office.actor)
    reply = site.office.answers.draft(site.office.actor, thread.thread_id, ANSWER, "en")
    site.office.answers.approve(site.office.actor, reply)
    carry_out(site)

    source = site.visitor()
    mailbox = come_back(source, codename)
    assert answers(mailbox) == [ANSWER]
    take_back(source, mailbox, "all")

    taken = site.take_in(site.export())
    assert (taken.expected_sets, taken.verified_sets) == (1, 1)
    assert (taken.withdrawals, taken.withdrawn) == (1, 2)
    assert messages(site.office) == []
    assert vault(site) == []
    view = site.office.conversations.view(site.office.actor, thread.thread_id)
    assert view.summary.withdrawn_day is not None
    assert (view.summary.destroyed_texts, view.summary.destroyed_files) == (1, 1)
    told = [one for one in view.entries if isinstance(one, ReplyEntry)]
    assert [(one.state, bool(one.text)) for one in told] == [("withdrawn", False), ("approved", True)]

    carry_out(site)
    shown = answers(come_back(site.visitor(), codename))
    assert len(shown) == 1
    assert "you withdrew everything" in shown[0]
    assert "1 text and 1 file" in shown[0]
    assert site.take_in(export).state == "replayed"
    assert messages(site.office) == []


def test_only_the_sharing_is_taken_back_and_the_conversation_goes_on(site: Server) -> None:
    source = site.visitor()
    codename, page = draw_codename(source)
    report(source, page, TEXT, [])
    take_back(source, come_back(source, codename), "sharing")
    taken = site.take_in(site.export())
    assert (taken.verified_sets, taken.withdrawals, taken.withdrawn) == (2, 1, 0)
    (thread,) = site.office.conversations.all(site.office.actor)
    assert thread.sharing_withdrawn_day is not None
    assert thread.withdrawn_day is None
    assert thread.waiting_reply
    assert [one.text for one in messages(site.office)] == [TEXT]
    carry_out(site)
    (shown,) = answers(come_back(site.visitor(), codename))
    assert "you asked us to pass nothing on" in shown
