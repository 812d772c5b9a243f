"""The Sigma engine: rules from YAML, parsed by pySigma, matched on events."""
