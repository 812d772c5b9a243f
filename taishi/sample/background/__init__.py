"""Ordinary life: each module tells one kind of everyday traffic as its `SCENE`, without any truth."""
