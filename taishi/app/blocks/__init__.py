"""Blocks: proposed from an alert, approved by name, carried out by an enforcer, ended in time."""

from taishi.app.blocks.book import blocks_about
from taishi.app.blocks.decisions import Blocks
from taishi.app.blocks.states import MAX_TTL_S, expires

__all__ = ["MAX_TTL_S", "Blocks", "blocks_about", "expires"]
