"""Sends a text and files full of a mark, for a test that watches all writes of this process and its children.

`python -m tests.support.marked_upload FOLDER HOW`, FOLDER being on a tmpfs and holding the counsellors'
certificate. HOW is `as-shipped`, or `spooled`: then it does what stock form parsers do, so that the test can
show that it would notice.
"""

import sys
import tempfile
from pathlib import Path

from sluis.keytree import SourceKeys
from sluis.primitives import random_key
from source_interface.settings import SourceSettings
from source_interface.submission import Submitter
from tests.support.mailroom_simulator import MailroomSimulator

MARK = b"MARKED-PLAINTEXT-OF-A-SOURCE."
INSTANCE = bytes(range(16))
DAY = 20_780
FILE_SIZE = 5 * 1_048_576
_PIECE = 65_536


def main(folder: Path, how: str) -> None:
    """Two committed sets, in memory."""
    mailroom = MailroomSimulator(INSTANCE, (folder / "certificate").read_bytes(), DAY)
    settings = SourceSettings(INSTANCE, "Line", True, ("en",), 5, FILE_SIZE, folder)
    submitter = Submitter(settings, mailroom, lambda: DAY)
    keys = SourceKeys.from_root(random_key())
    text = MARK.decode() * 1_000
    parent = submitter.send_text(keys, text=text, language="en", sequence=0, intake={"need": MARK.decode()})
    content = MARK * (FILE_SIZE // len(MARK))
    if how == "spooled":
        with tempfile.TemporaryFile() as spool:
            spool.write(content)
            spool.seek(0)
            content = spool.read()
    name = MARK.decode() + ".txt"
    with submitter.open_file(keys, parent=parent, file_name=name, language="en", sequence=1) as sender:
        for start in range(0, len(content), _PIECE):
            sender.write(content[start : start + _PIECE])
        sender.finish()
    with submitter.open_file(keys, parent=parent, file_name=name, language="en", sequence=2) as sender:
        sender.write(content[: FILE_SIZE // 4])  # and one that breaks off
    if len(mailroom.sets) != 2:
        raise AssertionError("not everything arrived")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
