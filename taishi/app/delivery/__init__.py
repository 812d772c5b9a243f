"""How letters reach their units: by mail or by hand."""
