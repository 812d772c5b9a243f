"""The words of the console: a file of them for every page, Chinese first, English beside it."""
