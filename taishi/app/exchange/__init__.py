"""Exchange with other platforms, up and down: streams out and in (`docs/exchange.md`)."""
