"""Fixtures that all story tests share."""

from tests.functional.stage_fixtures import line
from tests.functional.tor_fixtures import onion_host, tor_network, visitor

__all__ = ["line", "onion_host", "tor_network", "visitor"]
