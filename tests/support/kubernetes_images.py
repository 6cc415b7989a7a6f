"""`python -m tests.support.kubernetes_images`: build the images of the Kubernetes tests.

The nodes need them: for example, `kind load docker-image pack-registry-next:1 pack-registry-bad:1
pack-registry-sick:1`.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.docker import DEVELOPMENT_IMAGE, build_image
from tests.support.tls_clients import GO, SOURCE

NEXT = "pack-registry-next:1"
BEHAVIORS = {"pack-registry-bad:1": "exits", "pack-registry-sick:1": "answers-503"}
"""What the server does, by image."""


def main() -> None:
    """Build another image with the good server, and images with a faulty one."""
    build_image(NEXT, f"FROM {DEVELOPMENT_IMAGE}\nLABEL release=next\n")
    environment = os.environ | {"GOPROXY": "off", "CGO_ENABLED": "0", "DOCKER_BUILDKIT": "0"}
    with TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        compiled = [str(GO), "build", "-ldflags", "-s -w", "-o", str(directory / "faulty")]
        subprocess.run([*compiled, "./faulty"], cwd=SOURCE, env=environment, check=True)
        for image, behavior in BEHAVIORS.items():
            (directory / "Dockerfile").write_text(
                f'FROM scratch\nCOPY faulty /\nENTRYPOINT ["/faulty", "{behavior}"]\n'
            )
            command = ["docker", "build", "--quiet", "--tag", image, name]
            subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
