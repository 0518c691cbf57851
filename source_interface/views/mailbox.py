"""Answers to a source: reading them, deleting one."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, g
from flask_babel import gettext as _
from markupsafe import Markup

from sluis.days import date_of
from sluis.languages import LANGUAGE_NAMES
from sluis.limits import MAX_LIVE_ROWS, REPLY_TEXT_MAX
from sluis.primitives import random_id
from source_interface.answering import on_deadline
from source_interface.context import session, site
from source_interface.forms import Problem, open_token
from source_interface.mailbox import ShownReply, delete_reply, open_mailbox
from source_interface.pages import PageSize, padded, rendered
from source_interface.questions import RIGHT_TO_LEFT
from source_interface.sessions import Session, StaleToken
from source_interface.views.codename import come_back_page

blueprint = Blueprint("mailbox", __name__, url_prefix="/<language>")
# No answer can hold it, since what stands in an answer is escaped.
_CUT = Markup("<!--/-->")
_LONGEST = "." * REPLY_TEXT_MAX


@blueprint.get("/mailbox")
@on_deadline
def show() -> Response:
    """The answers, newest first; without any, the page has the same length and costs the same."""
    live = session()
    return come_back_page(ended=True) if live is None else _mailbox_page(live)


@blueprint.post("/delete")
@on_deadline
def delete() -> Response:
    """Deletes one answer and shows the others."""
    live = session()
    if live is None:
        return come_back_page(ended=True)
    try:
        reply_id = bytes.fromhex(open_token("delete", g.form.get("token", ""), live.session_id))
    except StaleToken:
        return _mailbox_page(live, problem=_("Nothing was deleted yet. Please press “Delete” again."))
    read = live.read
    done = delete_reply(
        live.keys(),
        reply_id,
        client=site().client,
        settings=site().settings,
        submitter=site().submitter,
        language=g.language,
        sequence=live.next_sequence(),
        read=read,
    )
    if done.told:
        live.told(read)
    return _mailbox_page(live, deleted=True)


def _mailbox_page(live: Session, *, problem: str = "", deleted: bool = False) -> Response:
    box = open_mailbox(live.keys(), site().client, site().settings, site().today)
    for reply in box.replies:
        live.mark_read(reply.reply_id)
    shown = len(box.replies)
    entries = [*box.replies, *(_stand_in() for _ in range(MAX_LIVE_ROWS - shown))]
    body = rendered(
        "mailbox.html",
        cut=_CUT,
        shown=shown,
        entries=[(reply, _day(reply), _token(live, reply)) for reply in entries],
        problems=[Problem("replies", problem)] if problem else [],
        deleted=deleted,
        names=LANGUAGE_NAMES,
        right_to_left=RIGHT_TO_LEFT,
    )
    head, *articles, foot = body.split(_CUT.encode())
    return padded(b"".join((head, *articles[:shown], foot)), PageSize.MAILBOX)


def _stand_in() -> ShownReply:
    """What is made like an answer where there is none, and cut out: so a full mailbox takes no more work."""
    return ShownReply(random_id(), (), site().today(), g.language, _LONGEST)


def _day(reply: ShownReply) -> date:
    return date_of(reply.day)


def _token(live: Session, reply: ShownReply) -> str:
    return site().tokens.seal("delete", reply.reply_id.hex(), bound=live.session_id)
