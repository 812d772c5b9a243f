"""What events mean: the Sigma engine, our rules, behaviours, and the verdict."""
