"""What the views of one site work with."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from journalist_interface.accounts import Accounts
from journalist_interface.port import OperatorPort
from journalist_interface.sessions import Sessions
from journalist_interface.settings import JournalistSettings
from journalist_interface.sign_in import SignIn


@dataclass(frozen=True)
class Site:
    """Everything one application was made of; `exporting` lets one export be made at a time."""

    settings: JournalistSettings
    client: OperatorPort
    accounts: Accounts
    sessions: Sessions
    signing_in: SignIn
    today: Callable[[], int]
    exporting: threading.Lock = field(default_factory=threading.Lock)
