"""The shape of `sluis.toml`, table by table; `docs/runbooks/operator.md` explains each setting."""

from __future__ import annotations

from pathlib import Path

import msgspec

from sluis.limits import SITES, SiteProfile


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table whose unknown settings are errors, not surprises."""


class InstanceTable(Table, frozen=True):
    """What the pages say of the line that runs this instance."""

    name: str
    record: Path
    answer_days: int = 5
    languages: tuple[str, ...] = ("en", "nl")


class SiteTable(Table, frozen=True):
    """How large the stores are: demo, small, medium or large."""

    profile: str


class MailroomTable(Table, frozen=True):
    """The process that alone writes the stores; `run` must be a tmpfs."""

    store: Path
    run: Path
    tick_seconds: float = 1.0
    source_group: int | None = None
    operator_group: int | None = None


class SourceTable(Table, frozen=True):
    """The reporters' site; `gnupg` must be a tmpfs."""

    bind: Path
    gnupg: Path
    answer_after_seconds: float = 1.0
    answer_max_seconds: float = 10.0
    idle_seconds: int = 1_800
    life_seconds: int = 43_200
    threads: int = 256


class NoticeTable(Table, frozen=True):
    """The command that carries the daily notice away, and what stands above it when it is mail."""

    command: tuple[str, ...]
    headers: tuple[str, ...] = ()


class JournalistTable(Table, frozen=True):
    """The operators' site."""

    bind: Path
    database: str
    idle_minutes: int = 15
    threads: int = 16
    notice: NoticeTable | None = None


class TorTable(Table, frozen=True):
    """The tor process that serves both onions: by control port (a number) or control socket (a path)."""

    control: str
    keys: Path
    proof_of_work: bool = True


class ServerConfig(Table, frozen=True):
    """Everything one server is told; made by `securedrop_config.load`."""

    instance: InstanceTable
    site_table: SiteTable = msgspec.field(name="site")
    mailroom: MailroomTable
    source: SourceTable
    journalist: JournalistTable
    tor: TorTable | None = None

    @property
    def site(self) -> SiteProfile:
        """Sizes of the stores."""
        return SITES[self.site_table.profile]

    @property
    def instance_name(self) -> str:
        """Name of the line, as readers see it."""
        return self.instance.name

    @property
    def instance_record(self) -> Path:
        """The public, signed record of the instance."""
        return self.instance.record

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages offered, the default first."""
        return self.instance.languages
