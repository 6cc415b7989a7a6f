"""Valid packs that a check might refuse."""

from __future__ import annotations

import json

from tests.packs.checks.building import (
    CHART_YAML,
    Changes,
    archive,
    chart,
    link_to,
    pack_json,
    special_member,
)
from tests.packs.checks.wrong_secrets import NO_SECRETS

LAYERS = ("kernel", "os", "k8s", "cni", "csi", "addon")
CLOUD_TYPES = (
    "all aws azure gcp vsphere openstack baremetal maas aks eks tencent tke edge edge-native "
    "coxedge libvirt custom"
).split()
TEMPLATE = """\
{{- /* A comment
over two lines */ -}}
{{- if .Values.enabled }}
apiVersion: snapshot.storage.k8s.io/{{ .Values.apiVersion }}
kind: VolumeSnapshotClass
metadata:
  name: {{ .Values.name | quote }}
  {{- range $key, $value := .Values.labels }}
  {{ $key }}: {{ $value | quote }}
  {{- end }}
spec: {{ toYaml .Values.spec | nindent 2 }}
{{- end }}
"""

VALID: dict[str, Changes] = {
    "nothing changed": {},
    "only what is required": {
        "pack.json": json.dumps(
            {"name": "a", "displayName": "A", "version": "1.0.0", "layer": "csi", "cloudTypes": []}
        ),
        "README.md": None,
        "presets.yaml": None,
        "charts/hello-1.0.0.tgz": None,
        "manifests/hello.yaml": None,
    },
    "CRLF and tabs": {"pack.json": pack_json().replace("\n", "\r\n").replace("  ", "\t")},
    "escapes in JSON": {
        "pack.json": pack_json(displayName="H\xe9llo \U0001f600").replace("/", r"\/")
    },
    "unknown properties": {
        "pack.json": pack_json(commit_msg="First\nversion", kubeVersion=">=1.26")
    },
    "empty values": {"values.yaml": ""},
    "values of comments": {"values.yaml": "# a: 1\n"},
    "values with a byte order mark": {"values.yaml": "\ufeffa: 1\n"},
    "values with macros": {
        "values.yaml": 'a: "{{ .spectro.pack.k8s.version | default \\"1.0\\" }}"\n'
        "b: {{.spectro.system.cluster.uid}}\n"
        "c: {{ .spectro.var.host }}.example.com\n"
        "d: [{{ .spectro.var.list }}, x]\n",
    },
    "values with anchors": {"values.yaml": "a: &a\n  b: 1\nc:\n  <<: *a\n  d: *a\n"},
    "values with a start of a document": {"values.yaml": "---\na: 1\n"},
    "values with tags": {"values.yaml": "a: !!binary aGVsbG8=\nb: !custom c\n"},
    "values of JSON": {"values.yaml": '{"a": 1}'},
    "template": {"manifests/hello.yaml": TEMPLATE},
    "template of everything": {"manifests/hello.yaml": "{{ .Values.contents }}\n"},
    "several objects": {
        "manifests/hello.yaml": "---\napiVersion: v1\nkind: A\n---\n# none\n---\n"
        "apiVersion: v1\nkind: B\n",
    },
    "manifest with braces in text": {
        "manifests/hello.yaml": "apiVersion: v1\nkind: A\nrule: |\n  {{ $labels.a }} { b }\n",
    },
    "presets with nothing to add": {
        "presets.yaml": 'presets:\n- name: a\n  displayName: A\n  remove: ["a"]\n',
    },
    "no presets": {"presets.yaml": "presets:\n"},
    "schema of values": {
        "schema.yaml": "a.b:\n  schema: '{{ required | format \"${string}\" }}'\n"
    },
    "chart as a directory": {
        "pack.json": pack_json(charts=["charts/hello/"]),
        "charts/hello-1.0.0.tgz": None,
        "charts/hello/Chart.yaml": CHART_YAML,
    },
    "chart behind a link": {
        "pack.json": pack_json(charts=["./chart.tgz"]),
        "chart.tgz": link_to("charts/../charts/hello-1.0.0.tgz"),
    },
    "chart with a subchart": {
        "charts/hello-1.0.0.tgz": chart(CHART_YAML, ("hello/charts/sub/Chart.yaml", CHART_YAML)),
    },
    "chart with a global header": {
        "charts/hello-1.0.0.tgz": archive(
            ("pax_global_header", ""), ("hello/Chart.yaml", CHART_YAML)
        ),
    },
    "chart with directories": {
        "charts/hello-1.0.0.tgz": archive(
            special_member("./hello", b"5"), ("./hello/Chart.yaml", CHART_YAML)
        ),
    },
    "chart with a link inside": {
        "charts/hello-1.0.0.tgz": chart(
            CHART_YAML, special_member("hello/a/b", b"2", "../values.yaml")
        ),
    },
    "chart with a version of two parts": {
        "charts/hello-1.0.0.tgz": chart("apiVersion: v1\nname: hello\nversion: 1.0\n"),
    },
    "link of a directory": {"linked": link_to("manifests")},
    "hidden files": {".gitignore": "*.tmp\n", ".github/workflow.yml": "a: 1\n"},
    "names with all separators": {"pack.json": pack_json(name="a.b_c__d---e1")},
    "version with capitals": {"pack.json": pack_json(version="1.0.0-RC.1")},
    "all cloud types": {"pack.json": pack_json(cloudTypes=CLOUD_TYPES)},
    **{f"layer {layer}": {"pack.json": pack_json(layer=layer)} for layer in LAYERS},
    **{
        f"dependency that is {kind}": {
            "pack.json": pack_json(
                constraints={
                    "dependencies": [
                        {"packName": "a", "layer": "k8s", "minVersion": "", "type": kind},
                    ]
                }
            )
        }
        for kind in ("required", "optional", "notSupported", "upgrade")
    },
    **{
        f"resource of {kind}": {
            "pack.json": pack_json(
                constraints={
                    "resources": [
                        {"type": kind, "minLimit": 0.5, "components": [{"scheduleType": schedule}]},
                    ]
                }
            )
        }
        for kind, schedule in (("cpu", "all"), ("memory", "master"), ("diskSize", "control-plane"))
    },
    **NO_SECRETS,
}
