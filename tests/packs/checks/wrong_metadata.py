"""Wrong packs: ``pack.json``."""

from __future__ import annotations

from tests.packs.checks.building import METADATA, Changes, pack_json

_DEPENDENCY = {"packName": "kubernetes", "layer": "k8s", "type": "required"}


def _dependencies(*dependencies: object) -> str:
    return pack_json(constraints={"dependencies": list(dependencies)})


def _resource(**resource: object) -> str:
    return pack_json(constraints={"resources": [resource]})


SYNTAX: dict[str, Changes] = {
    "empty file": {"pack.json": ""},
    "only spaces": {"pack.json": " \n\n"},
    "no JSON": {"pack.json": "name: hello\n"},
    "comma at the end of an object": {"pack.json": '{\n  "name": "hello",\n}\n'},
    "comma at the end of a list": {"pack.json": '{\n  "charts": [\n    "a",\n  ]\n}\n'},
    "missing comma": {"pack.json": '{\n  "name": "hello"\n  "layer": "addon"\n}\n'},
    "missing colon": {"pack.json": '{\n  "name" "hello"\n}\n'},
    "missing value": {"pack.json": '{\n  "name":\n}\n'},
    "missing bracket": {"pack.json": '{\n  "name": "hello"\n'},
    "single quotes": {"pack.json": "{\n  'name': 'hello'\n}\n"},
    "comment": {"pack.json": '{\n  // name\n  "name": "hello"\n}\n'},
    "text after the object": {"pack.json": "{}\n\n{}\n"},
    "string without end": {"pack.json": '{\n  "name": "hello\n}\n'},
    "tab in a string": {"pack.json": '{\n  "name": "hel\tlo"\n}\n'},
    "unknown escape": {"pack.json": '{\n  "name": "\\q"\n}\n'},
    "byte order mark": {"pack.json": "\ufeff" + pack_json()},
    "UTF-16": {"pack.json": pack_json().encode("utf-16")},
    "Latin-1": {"pack.json": '{\n  "name": "h\xe9llo"\n}'.encode("latin-1")},
    "null characters": {"pack.json": b"\0" * 100},
    "list": {"pack.json": "\n[]\n"},
    "string": {"pack.json": '"hello"'},
    "number": {"pack.json": "1"},
    "null": {"pack.json": "null"},
    "NaN": {"pack.json": '{\n  "name": NaN\n}'},
    "infinity": {"pack.json": '{\n  "name": -Infinity\n}'},
    "huge integer": {"pack.json": '{\n  "minLimit": ' + "9" * 5000 + "\n}"},
    "huge exponent": {"pack.json": '{\n  "minLimit": 1e999\n}'},
    "deep lists": {"pack.json": '{\n  "a":\n' + "[" * 100_000 + "]" * 100_000 + "}"},
    "deep objects": {"pack.json": '{"a":\n' * 200 + "1" + "}" * 200},
    "deep and cut off": {"pack.json": "[" * 100_000},
    "repeated key": {"pack.json": pack_json()[:-2] + ',\n  "layer": "addon"\n}'},
    "repeated key below": {
        "pack.json": pack_json()[:-2] + ',\n  "extra": [{"a": 1,\n "a": 2}]\n}',
    },
    "repeated key with escapes": {"pack.json": pack_json()[:-2] + ',\n  "l\\u0061yer": "x"\n}'},
    "too large": {"pack.json": pack_json() + " " * 2**20},
}

SCHEMA: dict[str, Changes] = {
    "nothing": {"pack.json": "{}"},
    "everything is null": {"pack.json": pack_json(**dict.fromkeys(METADATA))},
    "everything is a number": {"pack.json": pack_json(**dict.fromkeys(METADATA, 1))},
    "everything is a list": {"pack.json": pack_json(**{key: [1] for key in METADATA})},
    "everything is true": {"pack.json": pack_json(**dict.fromkeys(METADATA, True))},
    "empty strings": {"pack.json": pack_json(name="", displayName=" ", version="", layer="")},
    "no layer": {"pack.json": pack_json(layer=...)},
    "layer with a similar name": {"pack.json": pack_json(layer="addons")},
    "layer in capitals": {"pack.json": pack_json(layer="ADDON")},
    "layer without a similar name": {"pack.json": pack_json(layer="network")},
    "layer with a space": {"pack.json": pack_json(layer="addon ")},
    "version is a number": {"pack.json": pack_json(version=1.0)},
    "cloud types is a string": {"pack.json": pack_json(cloudTypes="all")},
    "unknown cloud type": {"pack.json": pack_json(cloudTypes=["aws", "vmware", "Azure"])},
    "unknown single cloud type": {"pack.json": pack_json(cloudType="amazon")},
    "cloud type is null": {"pack.json": pack_json(cloudTypes=["aws", None])},
    "charts is a string": {"pack.json": pack_json(charts="charts/hello-1.0.0.tgz")},
    "chart is an object": {"pack.json": pack_json(charts=[{"path": "charts/hello-1.0.0.tgz"}])},
    "manifests is an object": {"pack.json": pack_json(kubeManifests={})},
    "annotations is a list": {"pack.json": pack_json(annotations=["a"])},
    "annotation is a boolean": {"pack.json": pack_json(annotations={"ok": "true", "no": True})},
    "annotation with an odd name": {"pack.json": pack_json(annotations={"a b\x1b": 1})},
    "roles is a string": {"pack.json": pack_json(ansibleRoles="role")},
    "end of life is a number": {"pack.json": pack_json(eol=2028)},
    "constraints is a list": {"pack.json": pack_json(constraints=[])},
    "dependencies is an object": {"pack.json": pack_json(constraints={"dependencies": {}})},
    "dependency is a string": {"pack.json": _dependencies("kubernetes")},
    "dependency without members": {"pack.json": _dependencies({})},
    "dependency without type": {"pack.json": _dependencies({"packName": "a", "layer": "k8s"})},
    "dependency with unknown type": {
        "pack.json": _dependencies({**_DEPENDENCY, "type": "requires"})
    },
    "dependency with unknown layer": {"pack.json": _dependencies({**_DEPENDENCY, "layer": "app"})},
    "dependency without name": {"pack.json": _dependencies({**_DEPENDENCY, "packName": ""})},
    "second dependency": {
        "pack.json": _dependencies(_DEPENDENCY, {**_DEPENDENCY, "minVersion": 1.27}),
    },
    "resource without type": {"pack.json": _resource(minLimit=1)},
    "resource with unknown type": {"pack.json": _resource(type="disk")},
    "limit is a string": {"pack.json": _resource(type="cpu", minLimit="100m")},
    "limit is negative": {"pack.json": _resource(type="cpu", minLimit=-1)},
    "limit is true": {"pack.json": _resource(type="cpu", minLimit=True)},
    "components is an object": {"pack.json": _resource(type="cpu", components={})},
    "component without schedule": {"pack.json": _resource(type="cpu", components=[{}])},
    "component with unknown schedule": {
        "pack.json": _resource(type="cpu", components=[{"scheduleType": "workers"}]),
    },
    "parameter is a list": {
        "pack.json": _resource(
            type="cpu", components=[{"scheduleType": "all", "replicaCountParamRef": ["a"]}]
        ),
    },
    "secret as a value": {"pack.json": pack_json(layer="ghp_" + "aB3dE5gH7jK9" * 3)},
}

NAMES: dict[str, Changes] = {
    "name in capitals": {"pack.json": pack_json(name="HelloWorld")},
    "name with spaces": {"pack.json": pack_json(name="hello world")},
    "name with a slash": {"pack.json": pack_json(name="team/hello")},
    "name that leads up": {"pack.json": pack_json(name="../hello")},
    "name with a tag": {"pack.json": pack_json(name="hello:1.0.0")},
    "name that starts with a hyphen": {"pack.json": pack_json(name="-hello")},
    "name that ends with a dot": {"pack.json": pack_json(name="hello.")},
    "name with two dots": {"pack.json": pack_json(name="hel..lo")},
    "name with three underscores": {"pack.json": pack_json(name="hel___lo")},
    "name with an umlaut": {"pack.json": pack_json(name="h\xe9llo")},
    "name with a line end": {"pack.json": pack_json(name="hello\n")},
    "name with a control sequence": {"pack.json": pack_json(name="\x1b[31mhello")},
    "long name": {"pack.json": pack_json(name="h" * 129)},
    "name of half a character": {"pack.json": pack_json(name="\ud800")},
    "display name with a control sequence": {"pack.json": pack_json(displayName="\x1b]0;x\x07")},
    "display name with a line end": {"pack.json": pack_json(displayName="Hel\nlo")},
    "display name that changes the direction": {"pack.json": pack_json(displayName="a\u202eb")},
    "annotation with a null character": {"pack.json": pack_json(annotations={"a": "b\0"})},
    "version with a plus": {"pack.json": pack_json(version="1.0.0+build")},
    "version with spaces": {"pack.json": pack_json(version="1.0.0 beta")},
    "version with a slash": {"pack.json": pack_json(version="1.0/2")},
    "version that starts with a dot": {"pack.json": pack_json(version=".1.0.0")},
    "version that starts with a hyphen": {"pack.json": pack_json(version="-1.0.0")},
    "version with a line end": {"pack.json": pack_json(version="1.0.0\n")},
    "version with digits of another script": {"pack.json": pack_json(version="\u0661.0.0")},
    "long version": {"pack.json": pack_json(version="1.0.0-" + "a" * 128)},
    "CRLF": {"pack.json": pack_json(version="1.0.0+a").replace("\n", "\r\n")},
}

WARNINGS: dict[str, Changes] = {
    "no cloud types": {"pack.json": pack_json(cloudTypes=...)},
    "no type of an add-on": {"pack.json": pack_json(addonType=...)},
    "unknown type of an add-on": {"pack.json": pack_json(addonType="app-services")},
    "type of an add-on in capitals": {"pack.json": pack_json(addonType="Monitoring")},
    "no semantic version": {"pack.json": pack_json(version="v1.0.0")},
    "version with two parts": {"pack.json": pack_json(version="1.5")},
    "misspelled property": {"pack.json": pack_json(KubeManifests=[], anotations={})},
    "chart twice": {"pack.json": pack_json(charts=["charts/hello-1.0.0.tgz"] * 2)},
    "chart without a path": {"pack.json": pack_json(charts=[])},
    "manifest without a path": {"pack.json": pack_json(kubeManifests=[])},
    "repeated key in values": {"values.yaml": "a: 1\nb: 2\na: 3\n"},
    "repeated key in a manifest": {
        "manifests/hello.yaml": "apiVersion: v1\nkind: A\nkind: B\n",
    },
    "empty manifest": {"manifests/hello.yaml": "---\n"},
    "broken template": {
        "manifests/hello.yaml": "kind: {{ .Values.kind }}\n{- end}\nname: {{ .Values.name }}\n",
    },
    "preset without a display name": {"presets.yaml": "presets:\n- name: a\n"},
    "README in Latin-1": {"README.md": "# H\xe9llo".encode("latin-1")},
}
