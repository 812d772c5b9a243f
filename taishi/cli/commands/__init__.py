"""One file a subcommand, with a module-level `COMMAND`."""
