"""The directory authority of the private Tor network: its keys, its lines, its first consensus."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import time
from pathlib import Path

from demo.tor_node import TOR, TorFailed, TorNode

# Two seconds for votes and two for signatures are the least that tor takes, and both together may fill
# at most half of the interval.
VOTE_DELAY_S = 2
LATER_VOTING_INTERVAL_S = 300
_AFTER_THE_INTERVAL_S = 12


def authority_lines(dir_port: int, first: int) -> tuple[str, ...]:
    """The torrc lines of the authority; its grid of votes starts now, so start it at once.

    `first` is the first voting interval in seconds, a divisor of 1800: the relays have four seconds less than
    that to start and to name themselves.
    """
    # Voting happens at fixed times of the clock: shifted so that the first comes a whole interval from now.
    offset = int(time.time() + 0.3) % first
    return (
        "AuthoritativeDirectory 1",
        "V3AuthoritativeDirectory 1",
        f"DirPort 127.0.0.1:{dir_port}",
        f"TestingV3AuthVotingStartOffset {offset}",
        f"TestingV3AuthInitialVotingInterval {first}",
        f"TestingV3AuthInitialVoteDelay {VOTE_DELAY_S}",
        f"TestingV3AuthInitialDistDelay {VOTE_DELAY_S}",
        f"V3AuthVotingInterval {LATER_VOTING_INTERVAL_S}",
        f"V3AuthVoteDelay {VOTE_DELAY_S}",
        f"V3AuthDistDelay {VOTE_DELAY_S}",
        "V3AuthNIntervalsValid 100",
        "TestingDirAuthVoteGuard *",
        "TestingDirAuthVoteHSDir *",
        "TestingDirAuthVoteExit *",
        "TestingMinExitFlagThreshold 0",
        "TestingAuthDirTimeToLearnReachability 0",
        "AuthDirTestReachability 0",
    )


def directory_authority_line(data: Path, or_port: int, dir_port: int) -> str:
    """Make the authority's keys in `data` and return the DirAuthority line that names them."""
    keys = data / "keys"
    keys.mkdir(mode=0o700)
    _run(
        *("tor-gencert", "--create-identity-key", "--passphrase-fd", "0"),
        *("-m", "12", "-a", f"127.0.0.1:{dir_port}"),
        folder=keys,
        stdin=b"demo\n",
    )
    certificate = (keys / "authority_certificate").read_text()
    identity = re.search(r"^fingerprint ([0-9A-F]{40})$", certificate, re.MULTILINE)
    if identity is None:
        raise TorFailed("tor-gencert wrote a certificate without a fingerprint")
    _run(
        *(TOR, "--hush", "--list-fingerprint", "--defaults-torrc", "/dev/null"),
        *("--ignore-missing-torrc", "-f", str(data / "torrc"), "--DataDirectory", str(data)),
        *("--ORPort", str(or_port), "--Nickname", "authority"),
        folder=data,
    )
    fingerprint = (data / "fingerprint").read_text().split()[1]
    return (
        f"DirAuthority authority orport={or_port} no-v2 v3ident={identity[1]} "
        f"127.0.0.1:{dir_port} {fingerprint}"
    )


def _run(*command: str, folder: Path, stdin: bytes = b"") -> None:
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False)
    if done.returncode:
        raise TorFailed(f"{command[0]}: {(done.stderr + done.stdout).decode(errors='replace')}")


def free_ports(count: int) -> list[int]:
    """Ports free just now. Another program may take one first: then `start` tries again with others."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


def wait_consensus(authority: TorNode, dir_port: int, members: int, first: int) -> None:
    """Wait for the consensus after the first interval; one that lacks a relay is a failed try."""
    consensus = ""

    def published() -> bool:
        nonlocal consensus
        consensus = _fetch_consensus(dir_port)
        return bool(consensus)

    authority.wait_for(published, first + _AFTER_THE_INTERVAL_S, "first consensus")
    found = len(re.findall(r"^s .*\bRunning\b", consensus, re.MULTILINE))
    if found < members:
        raise TorFailed(f"the first consensus names {found} of {members} relays")


def _fetch_consensus(dir_port: int) -> str:
    """The current consensus, or nothing while there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", dir_port, timeout=2)
    try:
        connection.request("GET", "/tor/status-vote/current/consensus")
        answer = connection.getresponse()
        return answer.read().decode() if answer.status == http.client.OK else ""
    except OSError:
        return ""
    finally:
        connection.close()
