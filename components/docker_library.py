"""Docker's client library, without a library that it loads and that is not used here.

For ssh:// hosts it wants paramiko even where, as here, the user's own ssh makes the connection. Loading it takes as long as half of all the
rest, so an empty module stands in its place. Left out on purpose: which host is asked (``components/docker_host.py``).
"""

import sys
from types import ModuleType

if "paramiko" in sys.modules:
    import docker
else:
    sys.modules["paramiko"] = ModuleType("paramiko")
    try:
        import docker
    finally:
        del sys.modules["paramiko"]

__all__ = ["docker"]
