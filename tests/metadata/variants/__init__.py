"""Deliberately broken parts, for tests that must catch them. Nothing here is ever shipped."""
