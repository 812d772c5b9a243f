"""What logs say: lines in the very forms that programs write."""
