"""What Alertmanager and Prometheus say of what is made for them: amtool and promtool run on what the operator would write.

The Alertmanager of Debian is older than `url_file` (0.26): there the file stands for an address. It must not call anybody.
"""

from __future__ import annotations

import functools
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from .charts import SOURCES
from .cluster import Folder, at, documents, folders, mapping, merged, upstream
from .core import Consumer, Unit, find_program

STACK, BLACKBOX = "kube-prometheus-stack", "blackbox-exporter"
# Fields of probers that topoc's modules have a use for (blackbox_exporter 0.28, CONFIGURATION.md).
FIELDS = {
    "http": {"preferred_ip_protocol", "valid_status_codes", "follow_redirects", "method", "headers", "tls_config"},
    "tcp": {"preferred_ip_protocol", "tls", "tls_config", "query_response"},
    "icmp": {"preferred_ip_protocol", "payload_size", "dont_fragment"},
}
# What has no place in a configuration that is committed: each has a word for a file.
INLINE = {
    "url", "api_url", "routing_key", "service_key", "auth_password", "auth_secret", "bearer_token", "password", "credentials",
}


def _values(folder: Folder, chart: str) -> Path | None:
    path = folder.path / "base" / chart / "values.yaml"
    return path if path.exists() else None


def _run(*words: str) -> tuple[int, str]:
    done = subprocess.run([find_program(words[0]) or words[0], *words[1:]], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout.strip() or done.stderr.strip()


def inline(node: object, where: str) -> Iterator[str]:
    """Secrets that stand in a configuration."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in INLINE:
                yield f"{where}.{key}: a secret has no place in a tree that is committed"
            yield from inline(value, f"{where}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from inline(value, f"{where}.{index}")


def _config(values: dict) -> dict:
    """What Helm makes of the chart's configuration and ours."""
    default = at(upstream(SOURCES[STACK]["88.5"] / "values.yaml")[0], "alertmanager.config", {})
    return merged(default, at(values, "alertmanager.config", {}))


def _older(node: object) -> object:
    """The same for an Alertmanager that knows no file with an address."""
    if isinstance(node, dict):
        return {("url" if k == "url_file" else k): ("https://example.org/" if k == "url_file" else _older(v)) for k, v in node.items()}
    return [_older(v) for v in node] if isinstance(node, list) else node


def _pairs(matchers: list[str]) -> dict[str, list[str]]:
    """What each label must be one of."""
    pairs = {}
    for matcher in matchers:
        name, _, value = matcher.replace("=~", "=").partition("=")
        pairs[name.strip()] = value.strip().strip('"').split("|")
    return pairs


def _ends(route: dict, labels: dict[str, str]) -> set[str]:
    """Where an alert ends: the receivers of all children that match, up to one that keeps it; the default where none does."""
    found = set()
    for child in route["routes"]:
        if all(labels.get(k) in values for k, values in _pairs(child["matchers"]).items()):
            found.add(child["receiver"])
            if not child.get("continue"):
                break
    return found or {route["receiver"]}


def alertmanager(folder: Folder, path: Path) -> list[str]:
    """What amtool says, and where alerts end."""
    config = _config(mapping(path) or {})
    said = list(inline(config, "alertmanager.config"))
    mounted = at(mapping(path), "alertmanager.alertmanagerSpec.secrets", [])
    for name in sorted({p.split("/")[4] for p in _files(config)}):
        if name not in mounted:
            said.append(f"alertmanager.alertmanagerSpec.secrets: {name} is read and not mounted")
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "alertmanager.yml"
        # The templates are the container's.
        file.write_text(yaml.safe_dump(_older({k: v for k, v in config.items() if k != "templates"})))
        code, words = _run("amtool", "check-config", str(file))
        if code:
            return said + [f"amtool check-config: {words}"]
        route = config["route"]
        alerts = [{"alertname": "Nobody"}] + [{k: v[0] for k, v in _pairs(c["matchers"]).items()} for c in route["routes"]]
        for labels in alerts:
            words = [f"{k}={v}" for k, v in labels.items()]
            code, told = _run("amtool", "config", "routes", "test", f"--config.file={file}", *words)
            if code or set(told.split(",")) != _ends(route, labels):
                said.append(f"amtool config routes test {' '.join(words)}: {told or 'nobody'}, not {', '.join(sorted(_ends(route, labels)))}")
    return said


def _files(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key.endswith("_file") and isinstance(value, str) and value.startswith("/etc/alertmanager/secrets/"):
                yield value
            else:
                yield from _files(value)
    elif isinstance(node, list):
        for value in node:
            yield from _files(value)


def _scrape(doc: dict) -> Iterator[dict]:
    """What the operator writes of a ScrapeConfig or a Probe, so far as promtool can hold it."""
    name, spec = doc["metadata"]["name"], doc["spec"]
    job = {"job_name": f"{doc['kind'].lower()}/{name}"}
    relabel = [{"target_label": "job", "replacement": spec.get("jobName", name)}]
    if doc["kind"] == "Probe":
        static = at(spec, "targets.staticConfig", {})
        relabel += [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": at(spec, "prober.url")},
        ]
        yield job | {
            "metrics_path": "/probe", "params": {"module": [spec["module"]]}, "relabel_configs": relabel,
            "static_configs": [{"targets": static.get("static", []), "labels": static.get("labels", {})}],
        }
        return
    for step in spec.get("relabelings", []):
        words = {"sourceLabels": "source_labels", "targetLabel": "target_label"}
        relabel.append({words.get(k, k): v for k, v in step.items()})
    yield job | {
        "metrics_path": spec.get("metricsPath", "/metrics"), "params": spec.get("params", {}), "relabel_configs": relabel,
        "static_configs": spec.get("staticConfigs", []),
    }


def prometheus(folder: Folder, paths: list[Path]) -> list[str]:
    """What promtool says of all scrape configurations together, and modules that no exporter has."""
    said, jobs = [], []
    values = _values(folder, BLACKBOX)
    stated = {k: v for k, v in at(mapping(values), "config.modules", {}).items() if v} if values else None
    modules = set(stated) if stated is not None else None
    for name, module in (stated or {}).items():
        known = {"prober", "timeout", module.get("prober")}
        if module.get("prober") not in ("http", "tcp", "dns", "icmp", "grpc") or not set(module) <= known:
            said.append(f"module {name}: keys of a module are prober, timeout and what its prober is called")
        fields = FIELDS.get(module.get("prober"), set())
        said += [f"module {name}: {k}: its prober has no such field" for k in module.get(module.get("prober"), {}) if k not in fields]
    used = set()
    for path in paths:
        for doc in documents(path):
            if not isinstance(doc, dict) or doc.get("kind") not in ("Probe", "ScrapeConfig"):
                continue
            jobs += _scrape(doc)
            if doc["kind"] == "Probe":
                used.add(doc["spec"].get("module"))
    if modules is not None:
        said += [f"module {m}: the exporter has no such module" for m in sorted(used - modules)]
        said += [f"module {m}: no probe uses it" for m in sorted(modules - used)]
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "prometheus.yml"
        file.write_text(yaml.safe_dump({"scrape_configs": jobs}))
        code, words = _run("promtool", "check", "config", str(file))
        if code:
            said.append(f"promtool check config: {words}")
    return said


def _alerts_units(tree: Path) -> Iterator[Unit]:
    default = SOURCES[STACK]["88.5"] / "values.yaml"
    for folder in folders(tree):
        if path := _values(folder, STACK):
            yield Unit(folder.name(path), {path.name: path, "upstream": default}, functools.partial(alertmanager, folder, path))


def _figures_units(tree: Path) -> Iterator[Unit]:
    for folder in folders(tree):
        paths = [p for p in folder.objects() if p.parent.name == "monitoring" and p.name.startswith(("probe-", "scrapeconfig-"))]
        if paths:
            beside = {"modules": v} if (v := _values(folder, BLACKBOX)) else {}
            inputs = {p.name: p for p in paths} | beside
            yield Unit(folder.name(paths[0].parent), inputs, functools.partial(prometheus, folder, paths))


CONSUMERS = [
    Consumer("Alertmanager", _alerts_units, ["amtool"], lambda: _run("amtool", "--version")[1]),
    Consumer("Prometheus", _figures_units, ["promtool"], lambda: _run("promtool", "--version")[1]),
]
