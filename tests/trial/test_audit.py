"""Notifications of CNCF Distribution: who pushed, pulled and deleted what, from where."""

from __future__ import annotations

import docker

from common.wait import wait_until
from tests.support.receiver import Receiver
from tests.support.registry import Client
from tests.trial.conftest import Factory

TOKEN = "Bearer token-of-the-receiver-7301"


def test_notifications(new_registry: Factory) -> None:
    receiver = Receiver()
    with receiver.listening():
        endpoint = {"name": "audit", "url": receiver.url, "headers": {"Authorization": TOKEN}}
        registry = new_registry(
            notifications={
                "endpoints": [{**endpoint, "ignore": {"mediaTypes": ["application/octet-stream"]}}]
            },
            server={"extra": {"storage": {"delete": {"enabled": True}}}},
        )
        outputs = registry.up()
        assert TOKEN not in registry.said
        digest = Client.of(outputs, "admin").push("packs/nginx", b"a pack", "1.2.3")
        Client.of(outputs, "spectro").pull("packs/nginx", digest)
        manifest = Client.of(outputs, "spectro").request(
            "GET",
            "/v1/packs/nginx/manifests/1.2.3",
            headers={"Accept": "application/vnd.oci.image.manifest.v1+json"},
        )
        path = f"/v1/packs/nginx/manifests/{manifest.headers['Docker-Content-Digest']}"
        assert Client.of(outputs, "admin").status(path, "DELETE") == 202
        assert wait_until(lambda: bool(receiver.of("delete", "packs/nginx")), 10)
    pushed = next(event for event in receiver.of("push", "packs/nginx") if "tag" in event["target"])
    assert pushed["actor"] == {"name": "admin"}
    assert pushed["target"]["tag"] == "1.2.3"
    assert pushed["request"]["addr"].rpartition(":")[0]
    (pulled,) = receiver.of("pull", "packs/nginx")
    assert pulled["actor"] == {"name": "spectro"}
    assert pulled["target"]["tag"] == "1.2.3", "the layer's media type is ignored"
    deleted = receiver.of("delete", "packs/nginx")
    assert [event["actor"]["name"] for event in deleted] == ["admin"] * len(deleted)
    assert {headers["Authorization"] for headers in receiver.headers} == {TOKEN}


def test_receiver_that_is_down(new_registry: Factory) -> None:
    """The registry keeps working, and delivers later. A restart loses what is not delivered."""
    receiver = Receiver()
    with receiver.listening():
        pass  # only the port is needed
    endpoint = {"name": "audit", "url": receiver.url, "threshold": 1, "backoff": "1s"}
    registry = new_registry(notifications={"endpoints": [endpoint]})
    outputs = registry.up()
    admin = Client.of(outputs, "admin")
    admin.push("packs/lost", b"a pack")
    docker.from_env().containers.get(registry.stack_name).restart()
    assert wait_until(lambda: _answers(admin), 20)
    digest = admin.push("packs/nginx", b"a pack")
    assert admin.pull("packs/nginx", digest) == b"a pack"
    assert receiver.events == []
    with receiver.listening():
        assert wait_until(lambda: bool(receiver.of("pull", "packs/nginx")), 30)
    assert {event["actor"]["name"] for event in receiver.of("push", "packs/nginx")} == {"admin"}
    assert receiver.of("push", "packs/lost") == []


def _answers(client: Client) -> bool:
    try:
        return client.status("/v1/_catalog") == 200
    except Exception:  # the server starts
        return False
