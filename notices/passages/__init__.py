"""Parts of a letter's own text that several types share; each yields sentences, `sections` numbers them."""
