"""Papers from outside: known by their content, refused where they could do harm, never changed."""
