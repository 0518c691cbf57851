"""Directories of services to begin with, as text: a line verifies each entry, then signs it off."""
