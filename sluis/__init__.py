"""The core of Sluis: bytes in, bytes out.

Nothing in this package opens a file, reads a clock, logs, or speaks to a network, so all of it can be
checked with vectors. Everything that crosses the gap, rests on a server or is derived from a codename is
defined here and in docs/protocol.md.
"""
