"""The words everybody shares: records, event batches, ports, clock. Imports nothing else of ours."""
