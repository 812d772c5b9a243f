"""Events in a folder: a spool that is acknowledged, Parquet segments, a manifest that lists them."""
