"""Docker as the target: engine client, volumes, containers, image, and the checks on the host.

What the server runs is described by ``components/servers``. Requests to a running registry belong
to ``components/verification``.
"""
