"""Which answers the next release would take along."""

from __future__ import annotations

from dataclasses import dataclass

from workstation.office import Office
from workstation.records import ReplyEntry, ThreadSummary


@dataclass(frozen=True)
class Outgoing:
    """Approved answers, each with its conversation, and drafts that stay behind."""

    approved: tuple[tuple[ThreadSummary, ReplyEntry], ...]
    drafts: tuple[tuple[ThreadSummary, ReplyEntry], ...]


def outgoing(office: Office) -> Outgoing:
    """Looks through all conversations."""
    approved = []
    drafts = []
    for summary in office.conversations.all(office.actor):
        for entry in office.conversations.view(office.actor, summary.thread_id).entries:
            if isinstance(entry, ReplyEntry) and entry.state == "approved":
                approved.append((summary, entry))
            elif isinstance(entry, ReplyEntry) and entry.state == "draft":
                drafts.append((summary, entry))
    return Outgoing(tuple(approved), tuple(drafts))
