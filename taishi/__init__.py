"""Taishi (态势): posture monitoring for a local government's extranet."""

__version__ = "0.1.0"
