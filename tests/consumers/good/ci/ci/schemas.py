#!/usr/bin/env python3
# Made by topoc; change the topology, not this file.
"""Makes schemas for kubeconform of the definitions in files: schemas.py FOLDER FILE…

A definition (CustomResourceDefinition) of each version becomes FOLDER/<group>/<kind>_<version>.json. Fields that a definition
does not have are refused, as the API server drops them without a word.
"""

import json
import pathlib
import sys

import yaml

# A lone `=` is a text: YAML 1.1 has a type of its own for it, which no loader reads (enums of Alertmanager's matchers).
yaml.SafeLoader.add_constructor("tag:yaml.org,2002:value", yaml.SafeLoader.construct_yaml_str)


def schema(node):
    """A node as JSON Schema: Kubernetes' own words are spelled out (Kubernetes, structural schemas)."""
    out = {key: value for key, value in node.items() if not key.startswith("x-kubernetes-") and key not in ("nullable", "example", "default")}
    if "properties" in node:
        out["properties"] = {key: schema(value) for key, value in node["properties"].items()}
        if "additionalProperties" not in node and not node.get("x-kubernetes-preserve-unknown-fields"):
            out["additionalProperties"] = False
    if isinstance(node.get("items"), dict):
        out["items"] = schema(node["items"])
    if isinstance(node.get("additionalProperties"), dict):
        out["additionalProperties"] = schema(node["additionalProperties"])
    if node.get("x-kubernetes-int-or-string"):
        out.pop("type", None)
        out.setdefault("anyOf", [{"type": "integer"}, {"type": "string"}])
    if node.get("nullable") and isinstance(out.get("type"), str):
        out["type"] = [out["type"], "null"]
    return out


def whole(node):
    """The schema of an object: what every object has goes without saying in a definition."""
    out = schema(node)
    own = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
    out["properties"] = own | out.get("properties", {})
    return out


def main():
    folder, files = pathlib.Path(sys.argv[1]), sys.argv[2:]
    made = 0
    for file in files:
        with open(file, encoding="utf-8") as text:
            found = [doc for doc in yaml.safe_load_all(text) if isinstance(doc, dict)]
        for doc in found:
            if doc.get("kind") != "CustomResourceDefinition":
                continue
            group, kind = doc["spec"]["group"], doc["spec"]["names"]["kind"].lower()
            for version in doc["spec"]["versions"]:
                to = folder / group / f"{kind}_{version['name']}.json"
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_text(json.dumps(whole(version["schema"]["openAPIV3Schema"])), encoding="utf-8")
                made += 1
    if not made:
        sys.exit("schemas.py: no definition in these files")


if __name__ == "__main__":
    main()
