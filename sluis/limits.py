"""Sizes and bounds of the protocol, in bytes unless a name says otherwise (docs/protocol.md, "Limits").

Sums of sizes are asserted beside the constants they come from, so that no two of them can drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass

ID_SIZE = 16
HASH_SIZE = 32
KEY_SIZE = 32
SIGNATURE_SIZE = 64
NONCE_SIZE = 12
TAG_SIZE = 16
XWING_PUBLIC_SIZE = 1_216
HPKE_OVERHEAD = 1_136

CELL_SIZE = 65_536
CELL_PLAIN_SIZE = CELL_SIZE - HPKE_OVERHEAD
CELL_HEADER_SIZE = ID_SIZE + 4 + 1 + 4
MANIFEST_SIZE = 4 + 8 + HASH_SIZE
CELL_CAPACITY = CELL_PLAIN_SIZE - CELL_HEADER_SIZE
LAST_CELL_CAPACITY = CELL_CAPACITY - MANIFEST_SIZE
MAX_SET_CELLS = 16_384

SLOT_CONTENT_SIZE = 4 + 4 + ID_SIZE + 4 + CELL_SIZE
SLOT_SIZE = NONCE_SIZE + SLOT_CONTENT_SIZE + TAG_SIZE
HEADER_BLOCK_SIZE = 4_096
BANK_PREFIX_SIZE = 2 * HEADER_BLOCK_SIZE
TEXT_ONLY_FRACTION = 0.25

RING_RELEASES = 30
ROWS_PER_RELEASE = 128
ROWS_PER_THREAD_AND_RELEASE = 4
TAGS_PER_LOGIN = RING_RELEASES * ROWS_PER_THREAD_AND_RELEASE
MAX_LIVE_ROWS = 16
REPLY_CELL_SIZE = 8_192
REPLY_PLAIN_SIZE = REPLY_CELL_SIZE - HPKE_OVERHEAD
REPLY_ROW_SIZE = HASH_SIZE + REPLY_CELL_SIZE
RING_ROW_SIZE = NONCE_SIZE + REPLY_ROW_SIZE + TAG_SIZE
RING_FILE_SIZE = ROWS_PER_RELEASE * RING_ROW_SIZE
REPLY_TEXT_MAX = 6_144  # once HTML-escaped
REPLY_DAYS = 30

TEXT_MAX = 49_152  # once HTML-escaped, so that the form with its text fits one page class
FILES_PER_REPORT = 8
FILE_NAME_MAX = 255

EPOCH_DAYS = 45
RELEASE_DAYS = 90
TOMBSTONES = 128
CERTIFICATE_MAX = 8_192
RELEASE_SIZE = 1_121_150

# 2106-02-06: the last whole day that OpenPGP can write (RFC 9580, 3.5). Calendars can as well, so no day that
# a server made up stops whoever shows it.
LAST_DAY = 49_709

assert CELL_PLAIN_SIZE == 64_400
assert SLOT_SIZE == 65_592
assert REPLY_PLAIN_SIZE == 7_056
assert TAGS_PER_LOGIN == 120
assert RING_ROW_SIZE == 8_252


@dataclass(frozen=True)
class SiteProfile:
    """How large one server's stores are; every size that can be seen follows from it.

    `slots` per bank, `largest_file` in bytes of one uploaded file, `banks` files of constant size.
    """

    code: int
    name: str
    slots: int
    largest_file: int
    banks: int = 8

    @property
    def bank_size(self) -> int:
        """Bytes of one bank, which is also the size of every export."""
        return BANK_PREFIX_SIZE + self.slots * SLOT_SIZE

    @property
    def text_only_slots(self) -> int:
        """Slots that file cells may not take, so that files never crowd out words."""
        return int(self.slots * TEXT_ONLY_FRACTION)


_MIB = 1_048_576
DEMO = SiteProfile(1, "demo", 512, 8 * _MIB)
SMALL = SiteProfile(2, "small", 4_096, 64 * _MIB)
MEDIUM = SiteProfile(3, "medium", 16_384, 128 * _MIB)
LARGE = SiteProfile(4, "large", 32_768, 512 * _MIB)
SITES = {site.name: site for site in (DEMO, SMALL, MEDIUM, LARGE)}


def site_by_code(code: int) -> SiteProfile:
    """The profile with this wire code; raises KeyError for one that is not defined."""
    return {site.code: site for site in SITES.values()}[code]
