"""Kinds of personal data: one file each, with a module-level `KIND`."""
