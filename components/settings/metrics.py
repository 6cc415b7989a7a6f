"""The port with metrics of CNCF Distribution."""

from __future__ import annotations

from common.settings_model import SettingsModel, setting
from common.types.network import MetricsPort, PrivateAddress


class Metrics(SettingsModel):
    """A port with metrics of CNCF Distribution, for Prometheus."""

    port: MetricsPort | None = setting(
        None,
        "Port of the metrics, in the container and on `metrics.address`. Prometheus reads "
        "/metrics there. No port by default. The port requires no credentials and also serves "
        "internals of the server (`http.debug`).",
    )
    address: PrivateAddress = setting(
        "127.0.0.1",
        "IP address of the Docker host on which this port is published. Everyone who reaches it "
        "can read the metrics.",
    )
