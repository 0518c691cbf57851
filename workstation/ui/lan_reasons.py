"""Why the workstation locked itself where several seats share a LAN, and what to do now."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from workstation.ui.reason import Reason

_TELL = _l(
    "Change nothing yourself. Tell the key custodian and the supervisor. Unlock it when that is mended."
)

LAN_REASONS: Mapping[str, Reason] = {
    "lan-interface": Reason(
        _l(
            "Another network than the one of this office is connected to this machine. The workstation has "
            "locked itself."
        ),
        _l(
            "Pull out the other cable or the network card, or switch the radio off, and tell the supervisor. "
            "Then unlock it."
        ),
    ),
    "lan-address": Reason(
        _l(
            "This machine has an address that does not belong to the network of this office. The workstation "
            "has locked itself."
        ),
        _TELL,
    ),
    "lan-route": Reason(
        _l("This machine can reach more than the server of this office. The workstation has locked itself."),
        _TELL,
    ),
    "lan-resolver": Reason(
        _l("This machine is set up to ask others for names. The workstation has locked itself."), _TELL
    ),
    "server-unproven": Reason(
        _l(
            "What answers in the network of this office is not the server of this office. Nothing was sent "
            "to it."
        ),
        _TELL,
    ),
    "server-keeps": Reason(
        _l("The server of this office is set up so that it keeps what was destroyed. Nothing was opened."),
        _l("Tell the key custodian: the settings of the server have to be put right first."),
    ),
    "lan-away": Reason(
        _l("The network of this office is not connected. The workstation has locked itself."),
        _l("Look whether the cable is in at both ends. Then unlock it. What was saved is saved."),
    ),
}
