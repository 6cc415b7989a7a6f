"""A cluster's API on the loopback interface, with objects that a test sets."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

CREATED = "2026-01-01T00:00:00Z"


@dataclass
class Api:
    """The API server's behavior. Tests may change it while the server runs."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Objects by path. A path of a collection answers with what is below it."""
    denied: set[str] = field(default_factory=set)
    """Permissions that the user lacks, as `verb resource` or `verb resource/subresource`."""
    minor: str = "34"
    failing: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Status and message by path."""
    logs: dict[str, str] = field(default_factory=dict)
    """Log by pod. The log before the last restart has the key `POD previous`."""
    patches: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Path and body of every PATCH request."""
    deleted: list[str] = field(default_factory=list)
    created: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Path of the collection and body of every POST request for an object."""
    created_pods: list[dict[str, Any]] = field(default_factory=lambda: [{}])
    """States of created pods in order, as for `add_pod`. The last one is repeated."""

    def add(self, path: str, **content: Any) -> dict[str, Any]:
        """Add an object. Its name is the path's last part."""
        metadata = {"name": path.rpartition("/")[2], "creationTimestamp": CREATED}
        metadata |= content.pop("metadata", {})
        self.objects[path] = {"metadata": metadata, **content}
        return self.objects[path]

    def add_pod(self, name: str, *, namespace: str = "pack-registry", **state: Any) -> None:
        """Add a pod of the registry.

        :param state: `ready`, `host`, `waiting` (a reason), `exit_code`, `restarts`, `deleted`,
            `silent_node` (a node that reports nothing of it).
        """
        container: dict[str, Any] = {"name": "registry", "image": "", "imageID": ""}
        container |= {"ready": False, "restartCount": state.get("restarts", 0)}
        container["state"] = {"running": {"startedAt": CREATED}}
        if reason := state.get("waiting"):
            container["state"] = {"waiting": {"reason": reason}}
        if code := state.get("exit_code"):
            container["lastState"] = {"terminated": {"exitCode": code, "reason": "Error"}}
        status = "True" if state.get("ready", True) else "False"
        metadata = {"deletionTimestamp": CREATED} if state.get("deleted") else {}
        self.add(
            f"/api/v1/namespaces/{namespace}/pods/{name}",
            metadata=metadata,
            spec={"containers": [], "nodeName": state.get("silent_node", "node-1")},
            status={
                "hostIP": state.get("host", "127.0.0.1"),
                "conditions": [{"type": "Ready", "status": status}],
                "containerStatuses": [] if "silent_node" in state else [container],
            },
        )

    def answer(self, method: str, url: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Return status and content."""
        path, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
        if path in self.failing:
            status, message = self.failing[path]
            return status, {"kind": "Status", "message": message}
        if method == "PATCH":
            self.patches.append((path, body))
        if method == "POST" and body.get("metadata", {}).get("name"):
            return self._create(path, body)
        if method == "DELETE" and path in self.objects:
            return self._delete(path, body)
        last = path.rpartition("/")[2] or "version"
        match last:
            case "version":
                names = ("gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion")
                version = dict.fromkeys((*names, "compiler", "platform"), "")
                content: Any = {"major": "1", "minor": self.minor, **version}
            case "selfsubjectaccessreviews":
                content = {**body, "status": {"allowed": self._is_allowed(body)}}
            case "log":
                pod, is_previous = path.split("/")[-2], query.get("previous") == ["True"]
                content = self.logs.get(f"{pod} previous" if is_previous else pod, "")
            case "pods" | "events" | "services" | "storageclasses":
                content = {"items": list(self._items(path, query))}
            case _:
                content = self.objects.get(path)
        if content is None:
            return 404, {"kind": "Status", "message": f"{path} not found"}
        return 200, content

    def _create(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Create an object, unless one of its name exists."""
        name = body["metadata"]["name"]
        if f"{path}/{name}" in self.objects:
            return 409, {"kind": "Status", "message": f"{name} already exists"}
        self.created.append((path, body))
        if path.endswith("/pods"):
            states = self.created_pods
            state = states.pop(0) if len(states) > 1 else states[0]
            self.add_pod(name, namespace=path.split("/")[-2], **state)
        else:
            self.add(f"{path}/{name}", **body)
        metadata = self.objects[f"{path}/{name}"]["metadata"]
        metadata |= {**body["metadata"], "uid": f"uid-{len(self.created)}"}
        return 201, {**body, "metadata": metadata}

    def _delete(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Delete an object, unless another one is meant."""
        uid = (body.get("preconditions") or {}).get("uid")
        if uid and uid != self.objects[path]["metadata"].get("uid"):
            return 409, {"kind": "Status", "message": "another object has this name"}
        del self.objects[path]
        self.deleted.append(path)
        return 200, {"kind": "Status"}

    def _is_allowed(self, review: dict[str, Any]) -> bool:
        asked = review["spec"]["resourceAttributes"]
        subresource = asked.get("subresource")
        suffix = f"/{subresource}" if subresource else ""
        return f"{asked['verb']} {asked['resource']}{suffix}" not in self.denied

    def _items(self, path: str, query: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
        name = query.get("fieldSelector", [""])[0].partition(",")[0].partition("=")[2]
        for key, each in self.objects.items():
            is_inside = key.rpartition("/")[0] == path
            if is_inside and (not name or each["involvedObject"]["name"] == name):
                yield each


@contextlib.contextmanager
def serving_api(api: Api, directory: Path) -> Iterator[str]:
    """Run the server, and yield the path of a kubeconfig for it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # otherwise each answer takes 40 ms

        def respond(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            status, content = api.answer(self.command, self.path, json.loads(body or "{}"))
            data = (content if isinstance(content, str) else json.dumps(content)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = respond  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.001,), daemon=True).start()
    kubeconfig = directory / "kubeconfig"
    kubeconfig.write_text(kubeconfig_text(f"http://127.0.0.1:{server.server_address[1]}"))
    try:
        yield str(kubeconfig)
    finally:
        server.shutdown()
        server.server_close()


def kubeconfig_text(url: str) -> str:
    """Return a kubeconfig with the context `test`."""
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": url}}],
            "users": [{"name": "test", "user": {"token": "test"}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        }
    )
