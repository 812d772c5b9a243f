"""Behaviours: what events mean over time. One file a behaviour, with a module-level `BEHAVIOUR` factory."""
