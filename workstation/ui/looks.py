"""The previews of one application: of the files of whatever office is open, forgotten when it locks."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask, current_app

from workstation.previews.desk import Previews
from workstation.ui.holder import Holder

_NAME = "previews"


def install(app: Flask, holder: Holder) -> None:
    """Makes the previews of this application."""

    def opened(file_id: str) -> tuple[str, Iterator[bytes]]:
        office = holder.office
        desk = office.conversations
        return desk.file_info(office.actor, file_id).name, desk.file_chunks(office.actor, file_id)

    app.extensions[_NAME] = made = Previews(opened)
    holder.on_lock = made.forget


def previews() -> Previews:
    """The previews of this application."""
    made: Previews = current_app.extensions[_NAME]
    return made
