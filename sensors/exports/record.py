"""Decoded records and how they are cut up, by netflume's names."""

#: A decoded record by netflume's names for its fields.
Value = int | float | str
Record = dict[str, Value]
#: Name, kind and length in bytes; 65535: each record tells the length (RFC 7011 7).
Field = tuple[str, str, int]

VARIABLE = 0xFFFF
