"""What units send back: the filled 处置报告单 read field by field, and what is still missing in it."""
