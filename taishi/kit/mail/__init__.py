"""Mail: put together, signed, and given to a server."""
