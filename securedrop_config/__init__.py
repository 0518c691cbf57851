"""The configuration: a frozen Config, its strict TOML loader, and the service files made from it."""
