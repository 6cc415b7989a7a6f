"""The conformance program of the OCI distribution specification, against every server."""
