"""What people deal in: alerts, risk events, letters, blocks, registers, the audit; on SQLAlchemy Core."""

from taishi.store.state.store import SqlStateStore

__all__ = ["SqlStateStore"]
