"""What a source is told after a withdrawal, by language; English where there is no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sluis.days import date_of
from sluis.envelope import WithdrawScope


@dataclass(frozen=True)
class Words:
    """The texts of one language; months in order, and one and many of what is counted."""

    months: tuple[str, ...]
    text: tuple[str, str]
    file: tuple[str, str]
    everything: str
    sharing: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        months=(
            *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
            *("October", "November", "December"),
        ),
        text=("1 text", "{} texts"),
        file=("1 file", "{} files"),
        everything="""\
On {asked} you withdrew everything. On {done} we did what you asked.

Destroyed on the machine on which reports are read: everything you sent up to and including {asked}. In \
all, that was {texts} and {files}. Also destroyed: what we had answered you until then. Those answers \
disappear from your mailbox; that can take some weeks.

If something you sent up to and including {asked} reaches us later, it is destroyed as soon as it arrives.

What nobody can undo: people may remember what they read. Whoever got something of it from us before is \
asked to destroy it, but we cannot force them. Locked copies on the server, on their way and in a safe are \
overwritten or destroyed at their own time.

What we keep: that somebody once wrote with this codename, the day you withdrew, how many texts and files \
were destroyed, and numbers by which we recognise a late copy. None of that says what you wrote.

What you write after {asked} is read as usual. You owe nobody an explanation.

If it was not you who asked for this, then somebody else knows your codename. Stop using it. If you still \
want to talk to us, draw a new codename.""",
        sharing="""\
On {asked} you asked us to pass nothing on. Since {done} nothing more of what was sent with this codename \
is passed on. Only if someone’s life is in danger may we still warn others.

Nothing was destroyed: 0 texts and 0 files. We can still read what you sent, and answer you.

What nobody can undo: what had been passed on before that day cannot be called back.

You can still withdraw everything; then what you sent is destroyed.

If it was not you who asked for this, then somebody else knows your codename. Stop using it. If you still \
want to talk to us, draw a new codename.""",
    ),
    "nl": Words(
        months=(
            *("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september"),
            *("oktober", "november", "december"),
        ),
        text=("1 tekst", "{} teksten"),
        file=("1 bestand", "{} bestanden"),
        everything="""\
Op {asked} trok u alles in. Op {done} hebben wij gedaan wat u vroeg.

Vernietigd op de machine waarop meldingen worden gelezen: alles wat u tot en met {asked} stuurde. Bij \
elkaar waren dat {texts} en {files}. Ook vernietigd: wat wij u tot dan toe hadden geantwoord. Die \
antwoorden verdwijnen uit uw postbus; dat kan enkele weken duren.

Bereikt iets dat u tot en met {asked} stuurde ons later nog, dan wordt het bij aankomst vernietigd.

Wat niemand ongedaan kan maken: mensen kunnen zich herinneren wat ze lazen. Wie eerder iets van ons kreeg, \
wordt gevraagd het te vernietigen, maar dwingen kunnen wij niet. Vergrendelde kopieën op de server, \
onderweg en in een kluis worden op hun eigen tijd overschreven of vernietigd.

Wat wij bewaren: dat iemand ooit met deze codenaam schreef, de dag waarop u introk, hoeveel teksten en \
bestanden er zijn vernietigd, en nummers waaraan wij een late kopie herkennen. Niets daarvan zegt wat u \
schreef.

Wat u na {asked} schrijft, wordt gewoon gelezen. U bent niemand uitleg schuldig.

Was u het niet die dit vroeg, dan kent iemand anders uw codenaam. Gebruik die niet meer. Wilt u toch met \
ons praten, laat dan een nieuwe codenaam trekken.""",
        sharing="""\
Op {asked} vroeg u ons niets door te geven. Sinds {done} wordt niets meer doorgegeven van wat met deze \
codenaam is gestuurd. Alleen als iemands leven in gevaar is, mogen wij anderen nog waarschuwen.

Er is niets vernietigd: 0 teksten en 0 bestanden. Wij kunnen nog lezen wat u stuurde, en u antwoorden.

Wat niemand ongedaan kan maken: wat voor die dag al was doorgegeven, is niet terug te halen.

U kunt nog steeds alles intrekken; dan wordt vernietigd wat u stuurde.

Was u het niet die dit vroeg, dan kent iemand anders uw codenaam. Gebruik die niet meer. Wilt u toch met \
ons praten, laat dan een nieuwe codenaam trekken.""",
    ),
}
_FALLBACK = "en"


def confirmation(
    scope: WithdrawScope, language: str, asked_day: int, today: int, texts: int, files: int
) -> tuple[str, str]:
    """(language, text) of the answer to a withdrawal; `texts` and `files` are what was destroyed in all.

    At most REPLY_TEXT_MAX bytes once escaped, whatever the numbers.
    """
    code = language.partition("-")[0].lower()
    code = code if code in WORDS else _FALLBACK
    words = WORDS[code]
    text = words.everything if scope is WithdrawScope.ALL else words.sharing
    told = text.format(
        asked=_day(words, asked_day),
        done=_day(words, today),
        texts=_counted(words.text, texts),
        files=_counted(words.file, files),
    )
    return code, told


def _day(words: Words, day: int) -> str:
    shown = date_of(day)
    return f"{shown.day} {words.months[shown.month - 1]} {shown.year}"


def _counted(one_and_many: tuple[str, str], number: int) -> str:
    one, many = one_and_many
    return one if number == 1 else many.format(number)
