"""Onion services over a real, private Tor network."""

from __future__ import annotations

import hashlib
import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import stem.connection
import stem.socket
from stem.descriptor.hidden_service import HiddenServiceDescriptorV3

from demo.socks import (
    AUTHORISATION_MISSING,
    AUTHORISATION_WRONG,
    DESCRIPTOR_NOT_FOUND,
    OnionConnection,
    SocksError,
    open_onion,
    wait_for_onion,
)
from demo.tor_node import TorNode
from demo.tornet import PrivateTorNetwork
from securedrop_config.client_auth import ClientKeyPair, new_client_key
from securedrop_config.onion import OnionControl
from securedrop_config.onion_errors import ServiceRefused, TorDown, TorRefusesUs
from securedrop_config.onion_folder import OnionAddress, OnionFolder
from tests.functional.tor_fixtures import UnixSite

pytestmark = [pytest.mark.tor, pytest.mark.slow, pytest.mark.xdist_group("tor")]

PROXY_LINE = re.compile(rb"PROXY TCP6 (fc00:dead:beef:4dad:[0-9a-f:]+) ::1 \d+ 80\r\n")
TORRC = Path(__file__).parents[2] / "securedrop_config" / "templates" / "torrc"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[UnixSite]:
    with UnixSite(tmp_path / "site.sock") as site:
        yield site


def get_circuit(visitor: TorNode, address: OnionAddress, isolation: tuple[str, str]) -> bytes:
    """Ask the site for the PROXY line that it saw, and return the address in it."""
    connection = OnionConnection(visitor.socks_port, address.host, isolation=isolation)
    connection.request("GET", "/")
    line = connection.getresponse().read()
    connection.close()
    found = PROXY_LINE.fullmatch(line)
    assert found, line
    return found[1]


def refusal(visitor: TorNode, address: OnionAddress, deadline_s: float = 60.0) -> int:
    """Knock until tor says something else than that the service has not published itself yet."""
    end = time.monotonic() + deadline_s
    while True:
        with pytest.raises(SocksError) as refused:
            open_onion(visitor.socks_port, address.host)
        if refused.value.code != DESCRIPTOR_NOT_FOUND or time.monotonic() > end:
            return refused.value.code


def client_folder(folder: Path, keys: ClientKeyPair, address: OnionAddress) -> Path:
    folder.mkdir(mode=0o700)
    (folder / "site.auth_private").write_text(keys.client_line(address) + "\n")
    return folder


def test_a_site_on_a_unix_socket_is_reached_and_sees_one_id_per_circuit(
    onion_host: TorNode, visitor: TorNode, site: UnixSite, tmp_path: Path
) -> None:
    with OnionControl.connect(onion_host.control_port) as control:
        address = control.ensure_service("source", tmp_path, site.socket_path)
    wait_for_onion(visitor.socks_port, address.host)

    first = get_circuit(visitor, address, ("circuit", "one"))
    again = get_circuit(visitor, address, ("circuit", "one"))
    other = get_circuit(visitor, address, ("circuit", "two"))
    assert first == again != other

    # The puzzle is offered: its parameters are in the descriptor that a visitor decrypts.
    with stem.socket.ControlPort("127.0.0.1", visitor.control_port) as control_port:
        stem.connection.authenticate(control_port)
        control_port.send(f"GETINFO hs/client/desc/id/{address.label}")
        descriptor = control_port.recv().content()[0][2].partition("\n")[2]
    inner = HiddenServiceDescriptorV3.from_str(descriptor).decrypt(address.host)
    assert "pow-params v1 " in str(inner)


def test_bodies_of_megabytes_and_ranges_go_both_ways(
    onion_host: TorNode, visitor: TorNode, site: UnixSite, tmp_path: Path
) -> None:
    with OnionControl.connect(onion_host.control_port) as control:
        address = control.ensure_service("big", tmp_path, site.socket_path)
    wait_for_onion(visitor.socks_port, address.host)
    body = bytes(range(256)) * 8192  # 2 MiB

    connection = OnionConnection(visitor.socks_port, address.host)
    headers = {"Content-Length": str(len(body))}
    connection.request("POST", "/", body=io.BytesIO(body), headers=headers)
    assert connection.getresponse().read().decode() == hashlib.sha256(body).hexdigest()
    connection.request("GET", "/big", headers={"Range": "bytes=0-999999"})
    answer = connection.getresponse()
    assert answer.status == 206
    assert len(answer.read()) == 1_000_000
    connection.close()


def test_only_a_client_with_a_key_gets_in_until_it_is_revoked(
    tor_network: PrivateTorNetwork,
    onion_host: TorNode,
    visitor: TorNode,
    site: UnixSite,
    tmp_path: Path,
) -> None:
    anna, bert = new_client_key(), new_client_key()
    with OnionControl.connect(onion_host.control_port) as control:
        both = [anna.server_line, bert.server_line]
        address = control.ensure_service(
            "journalist", tmp_path, site.socket_path, client_auth_public_keys=both
        )
        tors = [
            tor_network.start_client(name, client_auth_dir=client_folder(tmp_path / name, keys, address))
            for name, keys in (("anna", anna), ("bert", bert))
        ]
        for tor in tors:
            tor_network.wait_bootstrapped(tor)
            wait_for_onion(tor.socks_port, address.host)
        assert refusal(visitor, address) == AUTHORISATION_MISSING

        control.ensure_service(
            "journalist", tmp_path, site.socket_path, client_auth_public_keys=[anna.server_line]
        )

    # Fresh tors, which remember no descriptor.
    for tor in tors:
        tor.stop()
        tor.start()
        tor_network.wait_bootstrapped(tor)
    wait_for_onion(tors[0].socks_port, address.host)
    assert refusal(tors[1], address) == AUTHORISATION_WRONG


def test_services_of_one_tor_come_and_go_without_touching_each_other(
    onion_host: TorNode, visitor: TorNode, site: UnixSite, tmp_path: Path
) -> None:
    with OnionControl.connect(onion_host.control_port) as control:
        stays = control.ensure_service("stays", tmp_path, site.socket_path)
        goes = control.ensure_service("goes", tmp_path, site.socket_path)
        control.remove("goes", tmp_path)
        wait_for_onion(visitor.socks_port, stays.host)
        control.remove("stays", tmp_path)
        assert control.ensure_service("goes", tmp_path, site.socket_path) == goes
    wait_for_onion(visitor.socks_port, goes.host)


def test_the_address_outlives_tor_and_a_tor_that_is_down_is_named(
    tor_network: PrivateTorNetwork,
    onion_host: TorNode,
    visitor: TorNode,
    site: UnixSite,
    tmp_path: Path,
) -> None:
    control = OnionControl.connect(onion_host.control_port)
    before = control.ensure_service("source", tmp_path, site.socket_path)
    assert (tmp_path / "source" / "hostname").read_text().strip() == before.host
    old_port = onion_host.control_port

    onion_host.stop()
    with pytest.raises(TorDown):
        control.ensure_service("source", tmp_path, site.socket_path)
    control.close()
    with pytest.raises(TorDown):
        OnionControl.connect(old_port)

    onion_host.start()
    tor_network.wait_bootstrapped(onion_host)
    with OnionControl.connect(onion_host.control_port) as control:
        after = control.ensure_service("source", tmp_path, site.socket_path)
    assert after == before
    wait_for_onion(visitor.socks_port, after.host)


def test_the_control_socket_serves_as_well_as_the_port(
    onion_host: TorNode, site: UnixSite, tmp_path: Path
) -> None:
    with OnionControl.connect(onion_host.data_directory / "control.sock") as control:
        address = control.ensure_service("source", tmp_path, site.socket_path)
    with OnionControl.connect(onion_host.control_port) as control:
        assert control.ensure_service("source", tmp_path, site.socket_path) == address


def test_a_wrong_cookie_is_named(onion_host: TorNode) -> None:
    right = onion_host.cookie_file.read_bytes()
    onion_host.cookie_file.write_bytes(bytes(len(right)))
    try:
        with pytest.raises(TorRefusesUs):
            OnionControl.connect(onion_host.control_port)
    finally:
        onion_host.cookie_file.write_bytes(right)


def test_names_that_would_need_quoting_are_refused(onion_host: TorNode, tmp_path: Path) -> None:
    good = tmp_path / "site.sock"
    with OnionControl.connect(onion_host.control_port) as control:
        for name, key_store, target in [
            ("Source", tmp_path, good),
            ("../source", tmp_path, good),
            ("source", Path("keys"), good),
            ("source", tmp_path, tmp_path / 'a "b'),
            ("source", tmp_path, tmp_path / ("x" * 108)),
        ]:
            with pytest.raises(ValueError, match=r"service|path"):
                control.ensure_service(name, key_store, target)
    assert not list(tmp_path.iterdir())


def test_tor_says_why_it_does_not_take_a_service(onion_host: TorNode, site: UnixSite, tmp_path: Path) -> None:
    with (
        OnionControl.connect(onion_host.control_port) as control,
        pytest.raises(ServiceRefused, match="Unacceptable option value"),
    ):
        control.ensure_service("source", tmp_path, site.socket_path, virtual_port=70_000)


def test_the_torrc_of_a_server_brings_both_sites_up(
    tor_network: PrivateTorNetwork, visitor: TorNode, tmp_path: Path
) -> None:
    for name in ("source", "journalist"):
        (tmp_path / f"sluis-{name}").mkdir()
    source = OnionFolder.create(tmp_path / "sluis" / "source")
    journalist = OnionFolder.create(tmp_path / "sluis" / "journalist")
    journalist.set_clients([new_client_key().server_line])
    torrc = TORRC.read_text().replace("/var/lib/tor", str(tmp_path)).replace("/run", str(tmp_path))
    with UnixSite(tmp_path / "sluis-source" / "site.sock"):
        host = tor_network.start_client("server", extra_lines=torrc.splitlines(), control=False, socks=False)
        tor_network.wait_bootstrapped(host)
        wait_for_onion(visitor.socks_port, source.address.host)
        assert get_circuit(visitor, source.address, ("torrc", "one"))
        assert refusal(visitor, journalist.address) == AUTHORISATION_MISSING
