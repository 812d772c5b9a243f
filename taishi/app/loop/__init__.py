"""The loop of a letter once it has left: receipt, answer, recheck, closure, and what opens it again."""
