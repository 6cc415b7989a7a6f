"""Files with which Prometheus and Grafana monitor a registry.

Belongs here: what ``make monitoring`` writes. It uses only series that the servers have;
``tests/trial/test_metrics.py`` compares them with real servers.
Does not belong here: the settings of the metrics (``components/settings/metrics.py``).
"""
