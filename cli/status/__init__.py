"""The health of a registry, now and in the next month (``make status``).

Belongs here: the checks, one module each in ``checks``, and the report. Nothing is changed, except
the record of sizes in `.state`.
Does not belong here: what is specific to one target (``cli/docker/inspection.py`` and
``cli/kubernetes/inspection.py``).
"""
