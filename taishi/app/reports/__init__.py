"""The posture report: figures as of a moment, against last year, that add up or are not published."""
