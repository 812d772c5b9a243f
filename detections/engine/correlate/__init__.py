"""Sigma correlations: rules over the matches of rules (Sigma specification 2.1, correlation rules).

definition → parse → resolve → correlator. There a `rising` or a `closing` watch follows each
correlation with a window of entries for each group; `figures` say whether a window fulfils the condition.
"""
