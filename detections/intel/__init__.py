"""Hits of intelligence: which indicator, on which side, and what that means."""
