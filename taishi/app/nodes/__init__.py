"""Several processes, or machines, share the work on one state (`docs/scale.md`)."""
