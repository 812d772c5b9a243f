"""The intake over HTTP, as Elasticsearch 8.19 speaks: log shippers write to it unchanged."""
