"""What can go wrong between Sluis and its tor.

SluisError
└── OnionError
    ├── TorDown             nothing answers at the control port, or tor went away
    ├── TorRefusesUs        tor answers, but does not take our cookie
    ├── ServiceRefused      tor does not take the configuration of a service
    ├── KeyStoreDamaged     the key of an onion service is not what was stored
    ├── BadClientKey        not a key for client authorization
    └── WouldBecomePublic   a service with client authorization would lose its last client
"""

from __future__ import annotations

from sluis.errors import SluisError


class OnionError(SluisError):
    """Base of all errors about onion services."""

    code = "onion"


class TorDown(OnionError):
    """Tor does not answer, or stopped answering."""

    code = "tor-down"


class TorRefusesUs(OnionError):
    """Tor does not accept our cookie, or we may not read it."""

    code = "tor-refuses-us"


class ServiceRefused(OnionError):
    """Tor did not take the configuration of a service; the text is tor's own."""

    code = "service-refused"


class KeyStoreDamaged(OnionError):
    """A stored key has another size or header than tor's format. It is never replaced by a new one."""

    code = "key-store-damaged"


class BadClientKey(OnionError):
    """Not the text of a key for client authorization."""

    code = "bad-client-key"


class WouldBecomePublic(OnionError):
    """Without any client key tor lets everybody in, so the last one is never taken away."""

    code = "would-become-public"
