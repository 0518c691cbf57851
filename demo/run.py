"""`make run`: everything on this machine until Ctrl-C, for a person to try."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pyotp

from demo.acts import OperatorAtWork, onion_person
from demo.bridge import Bridge
from demo.guide import Guide, Section, page
from demo.once import newest
from demo.socks import wait_for_onion
from demo.stage import Progress, Stage

_CHECK_EVERY_S = 1.0
_STEPS = (
    "Open the reporters' site, make a codename, write a report, add a file.",
    "Open the operators' site, sign in with desk name, passphrase and the code shown here, make an export, "
    "and download it to the medium's folder (named below).",
    "Open the workstation with its passphrase, import the export, read, write an answer, approve it, "
    "make a release.",
    "On the operators' site, upload the release from the medium's folder.",
    "Come back to the reporters' site with the codename and read the answer.",
)


def play(stage: Stage, say: Progress, *, real_tor: bool) -> None:
    """Starts everything and waits; ends when a part ends by itself, or at a signal."""
    tor_is_up = stage.start_tor()
    stage.make_instance()
    stage.workstation.run("training-cases")
    stage.workstation.run("directory training")
    stage.start_sites()
    workstation_socket = stage.start_workstation()
    onions = tor_is_up()
    wait_for_onion(onions.operator_visitor.socks_port, onions.journalist, deadline_s=180)
    operator = OperatorAtWork(onion_person(onions.operator_visitor, onions.journalist), stage.operator)
    operator.sign_in()
    operator.bring_release(newest(stage.medium, "release"))
    wait_for_onion(onions.visitor.socks_port, onions.source, deadline_s=180)
    with ExitStack() as open_doors:
        source = open_doors.enter_context(Bridge(stage.source_socket, proxy_line=True))
        journalist = open_doors.enter_context(Bridge(stage.journalist_socket, proxy_line=True))
        workstation = open_doors.enter_context(Bridge(workstation_socket, proxy_line=False))
        interfaces = stage.workstation.interfaces()
        totp = pyotp.TOTP(stage.operator.totp_secret)

        def guide() -> bytes:
            return page(
                [
                    Section(
                        "The reporters' site",
                        [
                            ("without Tor, on this machine only", f"http://127.0.0.1:{source.port}/"),
                            ("over Tor", f"http://{onions.source}/"),
                            *network_pairs(real_tor, onions.visitor.socks_port),
                        ],
                    ),
                    Section(
                        "The operators' site",
                        [
                            ("without Tor, on this machine only", f"http://127.0.0.1:{journalist.port}/"),
                            ("over Tor, with the client key below", f"http://{onions.journalist}/"),
                            ("desk name", stage.operator.alias),
                            ("passphrase", stage.operator.passphrase),
                            ("code now (each works once)", totp.now()),
                            ("client key for Tor Browser", stage.operator.client_key),
                            *network_pairs(real_tor, onions.operator_visitor.socks_port),
                        ],
                    ),
                    Section(
                        "The workstation",
                        [
                            (
                                "its pages, over a bridge that exists here only",
                                f"http://127.0.0.1:{workstation.port}/",
                            ),
                            ("passphrase", stage.workstation.passphrase),
                            ("the medium", str(stage.medium)),
                            ("interfaces that it sees", interfaces),
                        ],
                    ),
                ],
                _STEPS,
            )

        with Guide(guide) as served:
            say(f"reporters' site:  http://127.0.0.1:{source.port}/   http://{onions.source}/")
            say(f"operators' site:  http://127.0.0.1:{journalist.port}/   http://{onions.journalist}/")
            say(f"workstation:      http://127.0.0.1:{workstation.port}/   (sees {interfaces} only)")
            say(f"medium:           {stage.medium}")
            say(f"READY. Open http://127.0.0.1:{served.port}/ for everything else. Ctrl-C ends it.")
            while True:
                stage.processes.check()
                time.sleep(_CHECK_EVERY_S)


def network_pairs(real_tor: bool, socks_port: int) -> list[tuple[str, str]]:
    """How a browser gets onto the private network."""
    if real_tor:
        return []
    return [("SOCKS port of the private Tor network", f"127.0.0.1:{socks_port}")]
