"""A made-up week in a county's extranet: files the real sensors read, and the truth about them."""
