"""Rules that search the store now and then instead of seeing every event as it comes."""
