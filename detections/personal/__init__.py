"""Personal data in any text: found by form, check digits and what stands beside it, and masked at once."""
