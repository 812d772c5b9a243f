"""The bounds of how long events are kept."""

#: Six months, whichever they are: Cybersecurity Law of the PRC, article 21 (3).
LEAST_DAYS = 184
#: A hundred years: more is a slip of the pen.
MOST_DAYS = 36_500
