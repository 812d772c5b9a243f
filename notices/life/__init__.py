"""The life of a letter, pure: a notice goes in, its successor comes out.

`moves` is the table of what may follow what; `leaving` brings a letter out of the house, `answering` is what
passes between the unit and us, `closing` ends the matter or opens it again. Who may act is the application's
to check; that nothing is skipped, nobody unnamed and no clock turned back is checked here.
"""
