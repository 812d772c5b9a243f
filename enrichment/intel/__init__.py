"""Intelligence: sources (one file a kind with a module-level `SOURCE`), warninglists, ageing, names."""
