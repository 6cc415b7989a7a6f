"""What the policies read: containers, pods, mounts, files, certificates and ports of resources.

Belongs here: one module for each kind of content, whether Docker or Kubernetes has it. Does not
belong here: what a policy requires of it (``policy/policies``), and how an input is unwrapped
(``policy/resources.py``).
"""
