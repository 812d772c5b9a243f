"""What the services' own logs say about logons and refusals: a folder of forms, and how they are read."""
