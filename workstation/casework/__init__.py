"""Casework: what a team does with the reports that came in. Rules, tables, and operations on them."""
