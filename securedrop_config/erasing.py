"""Freed memory is overwritten: for the entry points (docs/decisions/0010-memory.md).

Python cannot erase a string, but the allocator under it can overwrite what is freed. `PYTHONMALLOC=malloc`
puts every object under the C library's allocator (Python's own never overwrites); glibc's tunables `perturb`
(each freed byte becomes 0xAA) and `tcache_count=0` (what lies in that cache is not overwritten) do the rest.
`LD_BIND_NOW` has every function found at the start: a function that is found at its first call has all vector
registers written to the stack, with the piece of a key that was copied last. All are read before the first
line of Python runs, so they can only come from the environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from securedrop_config.loader import ConfigError

ERASING = {
    "PYTHONMALLOC": "malloc",
    "LD_BIND_NOW": "1",
    "GLIBC_TUNABLES": "glibc.malloc.perturb=170:glibc.malloc.tcache_count=0",
}
"""The environment of everything that serves; the service files set the same."""


def require_erasing(environment: Mapping[str, str] | None = None) -> None:
    """Raises ConfigError unless this process was started so that freed memory is overwritten."""
    given = os.environ if environment is None else environment
    missing = [f"{name}={value}" for name, value in ERASING.items() if given.get(name) != value]
    if missing:
        raise ConfigError(f"freed memory would not be overwritten: start it with {' '.join(missing)}")
    if sys.flags.ignore_environment:
        raise ConfigError("freed memory would not be overwritten: start Python with -P -s, without -I or -E")
    if not _on_glibc():
        raise ConfigError("freed memory would not be overwritten: this C library is not glibc")


def _on_glibc() -> bool:
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc ")
    except ValueError:  # a C library that does not know the name
        return False
