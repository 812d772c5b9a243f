"""The pages of the console: one file, one page."""
