"""Fixtures that all story tests share."""

from tests.functional.tor_fixtures import onion_host, tor_network, visitor

__all__ = ["onion_host", "tor_network", "visitor"]
