"""Operators' accounts: the only table that the server keeps of people, and they are desk pseudonyms."""

from journalist_interface.accounts.models import Base, Operator
from journalist_interface.accounts.records import BadRecord, OperatorRecord, parse_record
from journalist_interface.accounts.store import Accounts, AliasTaken, UnknownAlias, make_engine

__all__ = [
    "Accounts",
    "AliasTaken",
    "BadRecord",
    "Base",
    "Operator",
    "OperatorRecord",
    "UnknownAlias",
    "make_engine",
    "parse_record",
]
