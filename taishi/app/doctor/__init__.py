"""Whether an installation is in good order: each part with a `CHECK` looks at one thing."""
