"""What single events add up to between hosts: one file a finding, with a module-level `SEQUENCE` factory."""
