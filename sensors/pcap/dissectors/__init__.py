"""Application protocols, one file each."""
