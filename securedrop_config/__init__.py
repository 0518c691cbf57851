"""Configuration of one server: a frozen value made from a strict TOML file, and what a server is set up with.

Only entry points import this package. Everything else takes the values it needs.
"""

from securedrop_config.loader import ConfigError, load
from securedrop_config.model import ServerConfig

__all__ = ["ConfigError", "ServerConfig", "load"]
