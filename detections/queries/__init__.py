"""Sigma rules as searches of a store: what an event must have at the least for the engine to look at it."""
