"""Attacks in web requests: what was sent, as a server reads it, and the signs that add up."""
