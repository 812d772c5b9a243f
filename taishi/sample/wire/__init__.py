"""What protocols say: messages as bytes, before they are packets."""
