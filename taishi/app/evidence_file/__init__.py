"""The evidence file of a letter: all that proves it, in one zip that is checked without this system."""
