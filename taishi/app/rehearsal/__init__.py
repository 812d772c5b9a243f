"""A story of units, events, answers and passing time, played through the real loop on a clock of its own."""
