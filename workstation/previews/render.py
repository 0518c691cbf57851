"""A file of any kind to pictures, by one run of the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from workstation.previews.frames import Data, Picture, Record, Total, records
from workstation.previews.kinds import Found
from workstation.previews.limits import Refusal, Refused
from workstation.previews.memory_file import memory_file
from workstation.previews.sandbox import Sandbox

_HERE = Path(__file__).parent
# Debian's own, with Debian's packages: what this program itself is installed with is not in the sandbox.
_PYTHON = ("/usr/bin/python3", "-I", "-B")


def _never() -> bool:
    return False


def run_inside(
    sandbox: Sandbox,
    script: str,
    arguments: tuple[str, ...],
    chunks: Iterable[bytes],
    stopped: Callable[[], bool] = _never,
) -> Iterator[Record]:
    """The records of one run of `script` (of this folder) over a file; raises Refused, at any record."""
    command = (*_PYTHON, f"/sluis/{script}", *arguments)
    scripts = {script: (_HERE / script).read_bytes()}
    with (
        memory_file(chunks, sandbox.limits.input_bytes, stopped) as file,
        sandbox.running(command, stdin=file, scripts=scripts, stopped=stopped) as blocks,
    ):
        yield from records(blocks, sandbox.limits)


def pictures(
    sandbox: Sandbox, found: Found, chunks: Iterable[bytes], stopped: Callable[[], bool] = _never
) -> Iterator[Picture | Total]:
    """The pictures of a file as they come, at most `pages`; a document tells its number of pages first.

    Raises Refused, also after the first pictures.
    """
    limits = sandbox.limits
    numbers = (limits.pages, limits.side, limits.stills, limits.source_pixels)
    arguments = (found.format, *(str(number) for number in numbers))
    kept = count = 0
    for record in run_inside(sandbox, "inside.py", arguments, chunks, stopped):
        if isinstance(record, Data):
            raise Refused(Refusal.UNREADABLE)
        if isinstance(record, Picture):
            kept += len(record.png)
            count += 1
            if kept > limits.kept_bytes or count > limits.pages:
                return
        yield record
