"""JSON lines straight into columns: compiled code finds fields and values and makes no Python objects."""
