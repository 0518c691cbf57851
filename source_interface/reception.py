"""One report coming in: its fields, its text, then its files, in the order in which the browser sends them.

The text is sent and on disk before the first byte of a file is read; so an upload that breaks off never takes
the text with it. Whatever goes wrong before that ends in the form, with everything that was typed.
"""

from __future__ import annotations

from contextlib import ExitStack

from flask_babel import gettext as _

from sluis.errors import CodenameError, SluisError
from sluis.keytree import derive_root
from sluis.limits import FILES_PER_REPORT, TEXT_MAX
from sluis.ring import escaped_size
from source_interface.context import Site
from source_interface.explaining import not_sent, too_long, wrong_codename
from source_interface.file_names import clean_file_name
from source_interface.forms import Problem, open_token
from source_interface.multipart import BrokenOff, FilePart, FormReader, Malformed, Source, TextPart, drain
from source_interface.permits import Busy, Work
from source_interface.questions import intake
from source_interface.sessions import Arrived, Session, StaleToken

TOO_MANY = "too-many"
RECEIVED = "received"
ON_ITS_WAY = "on-its-way"
FAULT = "fault"
_SLACK = 4_194_304
_LISTED = 2 * FILES_PER_REPORT


class Reception:
    """One POST of the form "write". Afterwards either `sent` is true, or `problems` say what to mend."""

    def __init__(self, site: Site, circuit: str, session: Session | None, language: str) -> None:
        self.session = session
        self.cookie = ""
        self.fields: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.sent = False
        self.files_left_out = False
        self._site = site
        self._circuit = circuit
        self._language = language
        self._cut = False
        self._settled = False
        self._files = 0
        self._uploads = ExitStack()
        self._uploading = False

    def run(self, source: Source, content_type: str) -> None:
        """Reads the whole form and sends what is in it."""
        largest = self._site.settings.largest_file
        try:
            with self._uploads:
                for part in FormReader(
                    source, content_type, (FILES_PER_REPORT + 1) * largest + _SLACK
                ).parts():
                    self._take(part)
            self._settle(with_files=False)
        except (Malformed, BrokenOff):
            # After the text was sent, the list of what arrived tells the rest.
            if not self.sent:
                self._problem(
                    "text", _("Your form did not arrive whole. Nothing was sent. Please press “Send” again.")
                )
        drain(source, largest)

    def _take(self, part: TextPart | FilePart) -> None:
        if isinstance(part, TextPart):
            if not self._settled:
                self.fields.setdefault(part.name, part.value.replace("\r\n", "\n"))
                self._cut = self._cut or (part.cut and part.name == "text")
        elif part.file_name:
            self._settle(with_files=True)
            self._file(part)

    @property
    def again(self) -> bool:
        """Only another language of the form was asked for."""
        return "again" in self.fields

    def _settle(self, *, with_files: bool) -> None:
        """Decides on the text, once, when everything before the files is known."""
        if self._settled:
            return
        self._settled = True
        if self.again:
            return
        form = self._form()
        if form and self._text_is_right(with_files) and self._is_known():
            self._send(form)

    def _form(self) -> str:
        try:
            return open_token("write", self.fields.get("token", ""))
        except StaleToken:
            self._problem(
                "text",
                _("This page was open for too long. Your text is still here. Please press “Send” again."),
            )
            return ""

    def _text_is_right(self, with_files: bool) -> bool:
        text = self.fields.get("text", "")
        if not text.strip() and not with_files:
            self._problem("text", _("Write something, or choose a file. One sentence is enough."))
        elif self._cut:
            self._problem(
                "text",
                _("Your text is far too long: only its beginning fits here. Send a long text as a file."),
            )
        elif escaped_size(text) > TEXT_MAX:
            self._problem("text", too_long(text))
        return not self.problems

    def _is_known(self) -> bool:
        """True with a live session, or after starting one with the codename that came with the form."""
        if self.session is not None:
            return True
        typed = self.fields.get("codename", "")
        if not typed.strip():
            self._problem(
                "codename",
                _(
                    "Your session has ended, to keep you safe. Your text is still here. Type your codename "
                    "to send it."
                ),
            )
            return False
        try:
            with self._site.permits.derivation(self._circuit, new=False) as turn:
                canonical = self._site.lexicon.parse(typed)
                settings = self._site.settings
                root = turn.run(lambda: derive_root(canonical, settings.instance_id, settings.kdf))
        except CodenameError as error:
            self._problem("codename", wrong_codename(error))
            return False
        except Busy as error:
            self._problem("text", not_sent(error))
            return False
        self.cookie = self._site.sessions.create(root)
        self.session = self._site.sessions.open(self.cookie)
        return self.session is not None

    def _send(self, form: str) -> None:
        assert self.session is not None
        if not self._site.used.claim(form):
            self._problem(
                "text",
                _(
                    "You sent this form before, and that message arrived. Do you want to send what is here "
                    "now as well? Then press “Send” again."
                ),
            )
            return
        try:
            self._send_text(self.session)
        except SluisError as error:
            self._site.used.release(form)
            self._problem("text", not_sent(error))

    def _send_text(self, session: Session) -> None:
        text, answers = self.fields.get("text", ""), intake(self.fields)
        only_files = not text.strip() and not answers and session.message_id
        if not only_files:
            self._site.permits.take(Work.TEXT, self._circuit)
            read = session.read
            session.message_id = self._site.submitter.send_text(
                session.keys(),
                text=text,
                language=self._language,
                sequence=session.next_sequence(),
                intake=answers,
                read=read,
            )
            session.told(read)
        session.arrived.clear()
        if text.strip():
            session.arrived.append(Arrived("", len(text), RECEIVED))
        self.sent = True

    def _file(self, part: FilePart) -> None:
        if not self.sent or self.session is None:
            self.files_left_out = True
            return
        self._files += 1
        entry = Arrived(clean_file_name(part.file_name), 0, ON_ITS_WAY)
        if self._files <= _LISTED:
            self.session.arrived.append(entry)
        try:
            self._send_file(self.session, part, entry)
        except SluisError as error:
            entry.state = error.code
            if isinstance(error, Malformed | BrokenOff):
                raise
        finally:
            if entry.state == ON_ITS_WAY:
                entry.state = FAULT

    def _send_file(self, session: Session, part: FilePart, entry: Arrived) -> None:
        if self._files > FILES_PER_REPORT:
            entry.state = TOO_MANY
            return
        if not self._uploading:
            self._uploads.enter_context(self._site.permits.upload(self._circuit))
            self._uploading = True
        self._site.permits.take(Work.FILE, self._circuit)
        sender = self._site.submitter.open_file(
            session.keys(),
            parent=session.message_id,
            file_name=entry.name,
            language=self._language,
            sequence=session.next_sequence(),
        )
        with sender:
            for piece in part.pieces():
                sender.write(piece)
                entry.size += len(piece)
            sender.finish()
        entry.state = RECEIVED

    def _problem(self, field: str, message: str) -> None:
        self.problems.append(Problem(field, message))
