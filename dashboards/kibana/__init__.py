"""Data views, dashboards and saved searches for Kibana, over the streams of the Elasticsearch store.

A dashboard is a file in `boards/` with a module-level `BOARD`. Columns are named as in `taishi.core.ecs`;
what Kibana asks instead is read from the mapping.
"""
