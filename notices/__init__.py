"""Letters to units: their text, their papers, and their life up to being sent. One folder a letter type."""
