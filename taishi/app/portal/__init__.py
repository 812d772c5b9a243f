"""What a unit does with its letter from outside: by a link that works once, for this matter only."""
