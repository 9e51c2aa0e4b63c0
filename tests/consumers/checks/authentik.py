"""What an identity server gets: the file of Compose through a parser of the Compose specification, Docker's daemon.json, and the
blueprint against what Authentik's API takes.

Compose itself needs a daemon's plugin that Debian 12 has not; `compose-spec` is a binding of a parser that refuses unknown keys. The
fields of models are those of the request models of authentik-client 2026.8.5, by which blueprints are read (authentik 2026.8,
blueprints/v1/importer.py: the model's serializer), with what models.mdx adds for blueprints (`key`, `password`). It must not start
anything.
"""

from __future__ import annotations

import ipaddress
import json
import re
from pathlib import Path

import yaml

from .core import Consumer, file_units, machine_files

# model: (fields, those that must be there). A field of a reference is not told from one of a text.
MODELS = {
    "authentik_core.group": ({"name", "is_superuser", "parents", "users", "attributes", "roles"}, {"name"}),
    "authentik_core.user": ({"username", "name", "is_active", "groups", "roles", "email", "attributes", "path", "type", "password"}, {"username", "name"}),
    "authentik_core.token": ({"managed", "identifier", "intent", "user", "description", "expires", "expiring", "key"}, {"identifier", "intent", "user", "key"}),
    "authentik_core.application": (
        {
            "name", "slug", "provider", "backchannel_providers", "open_in_new_tab", "meta_launch_url", "meta_icon", "meta_description",
            "meta_publisher", "policy_engine_mode", "group", "meta_hide",
        },
        {"name", "slug", "provider", "policy_engine_mode"},
    ),
    "authentik_crypto.certificatekeypair": ({"name", "certificate_data", "key_data"}, {"name", "certificate_data", "key_data"}),
    "authentik_brands.brand": ({"domain", "default", "web_certificate", "client_certificates", "attributes"}, {"domain"}),
    "authentik_rbac.role": ({"name", "permissions"}, {"name"}),
    "authentik_policies_expression.expressionpolicy": ({"name", "execution_logging", "expression"}, {"name", "expression"}),
    "authentik_policies.policybinding": (
        {"policy", "group", "user", "target", "negate", "enabled", "order", "timeout", "failure_result"}, {"target", "policy", "order"},
    ),
    "authentik_providers_oauth2.oauth2provider": (
        {
            "name", "authentication_flow", "authorization_flow", "invalidation_flow", "property_mappings", "client_type", "grant_types",
            "client_id", "client_secret", "access_code_validity", "access_token_validity", "refresh_token_validity",
            "refresh_token_threshold", "include_claims_in_id_token", "signing_key", "encryption_key", "redirect_uris", "logout_uri",
            "logout_method", "sub_mode", "issuer_mode", "jwt_federation_sources", "jwt_federation_providers",
        },
        {"name", "authorization_flow", "invalidation_flow", "redirect_uris", "client_id", "client_secret", "signing_key"},
    ),
    "authentik_providers_saml.samlprovider": (
        {
            "name", "authentication_flow", "authorization_flow", "invalidation_flow", "property_mappings", "acs_url", "sls_url", "audience",
            "issuer_override", "name_id_mapping", "digest_algorithm", "signature_algorithm", "signing_kp", "verification_kp",
            "encryption_kp", "sign_assertion", "sign_response", "sp_binding", "sls_binding", "default_name_id_policy",
        },
        {"name", "authorization_flow", "invalidation_flow", "acs_url"},
    ),
    "authentik_providers_proxy.proxyprovider": (
        {
            "name", "authentication_flow", "authorization_flow", "invalidation_flow", "property_mappings", "internal_host", "external_host",
            "internal_host_ssl_validation", "certificate", "skip_path_regex", "mode", "cookie_domain", "intercept_header_auth",
        },
        {"name", "authorization_flow", "invalidation_flow", "external_host", "internal_host", "mode"},
    ),
    "authentik_providers_ldap.ldapprovider": (
        {
            "name", "authentication_flow", "authorization_flow", "invalidation_flow", "property_mappings", "base_dn", "certificate",
            "tls_server_name", "uid_start_number", "gid_start_number", "search_mode", "bind_mode", "mfa_support",
        },
        {"name", "authorization_flow", "invalidation_flow", "base_dn"},
    ),
    "authentik_providers_radius.radiusprovider": (
        {
            "name", "authentication_flow", "authorization_flow", "invalidation_flow", "property_mappings", "client_networks", "shared_secret",
            "mfa_support", "certificate",
        },
        {"name", "authorization_flow", "invalidation_flow", "client_networks", "shared_secret"},
    ),
    "authentik_outposts.outpost": ({"pk", "name", "type", "providers", "service_connection", "config", "managed"}, {"pk", "name", "type", "providers", "config"}),
}  # fmt: skip
# Words of enumerations, by field.
WORDS = {
    "client_type": {"confidential", "public"}, "sub_mode": {"hashed_user_id", "user_id", "user_uuid", "user_username", "user_email", "user_upn"},
    "issuer_mode": {"global", "per_provider"}, "mode": {"proxy", "forward_single", "forward_domain"}, "search_mode": {"direct", "cached"},
    "bind_mode": {"direct", "cached"}, "policy_engine_mode": {"all", "any"}, "sp_binding": {"redirect", "post"}, "intent": {"api", "app_password"},
}  # fmt: skip
GRANTS = {"authorization_code", "implicit", "hybrid", "refresh_token", "client_credentials", "password"}
SECRETS = {"client_secret", "shared_secret", "key", "password", "key_data", "certificate_data"}


class Tagged:
    """A value under a tag."""

    def __init__(self, tag: str, value):
        self.tag, self.value = tag, value


class Loader(yaml.SafeLoader):
    """YAML with Authentik's tags."""


def _tagged(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return Tagged(suffix, loader.construct_scalar(node))
    return Tagged(suffix, loader.construct_sequence(node, deep=True))


Loader.add_multi_constructor("!", _tagged)


def _tags(value):
    if isinstance(value, Tagged):
        yield value
        yield from _tags(value.value)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _tags(inner)


def _fields(model: str, fields: dict) -> list[str]:
    known, needed = MODELS[model]
    failures = [f"{model} has no field {name}" for name in sorted(fields.keys() - known)]
    failures += [f"{model} lacks {name}" for name in sorted(needed - fields.keys())]
    for name, value in fields.items():
        if name in WORDS and value not in WORDS[name]:
            failures.append(f"{model}: {value} is no word of {name}")
        if name in SECRETS and not (isinstance(value, Tagged) and value.tag == "File" and str(value.value).startswith("/run/secrets/")):
            failures.append(f"{model}: {name} is not read from the file of a secret")
    failures += [f"{model}: {grant} is no grant" for grant in set(fields.get("grant_types", [])) - GRANTS]
    for uri in fields.get("redirect_uris", []):
        if set(uri) != {"matching_mode", "url", "redirect_uri_type"} or uri["matching_mode"] != "strict" or not uri["url"].startswith("https://"):
            failures.append(f"{model}: {uri} is not one address")
    return failures


def _blueprint(path: Path) -> list[str]:
    doc = yaml.load(path.read_text(), Loader)
    failures = [] if doc.get("version") == 1 and set(doc) == {"version", "metadata", "entries"} else ["not a blueprint of version 1"]
    ids, bound, applications = set(), set(), set()
    for entry in doc["entries"]:
        model = entry.get("model")
        if unknown := entry.keys() - {"model", "id", "identifiers", "attrs", "permissions", "state"}:
            failures.append(f"{model}: no entry has {sorted(unknown)}")
        for tag in _tags(entry):
            if tag.tag not in {"KeyOf", "Find", "File"}:
                failures.append(f"{model}: Authentik has no tag !{tag.tag}")
            elif tag.tag == "KeyOf" and tag.value not in ids:
                failures.append(f"{model}: !KeyOf {tag.value} is no entry before it")
            elif tag.tag == "Find" and not (len(tag.value) == 2 and len(tag.value[1]) == 2):
                failures.append(f"{model}: !Find {tag.value} is not a model and a condition")
        if "id" in entry:
            failures += [f"two entries are {entry['id']}"] if entry["id"] in ids else []
            ids.add(entry["id"])
        if model == "authentik_blueprints.metaapplyblueprint":
            continue
        if model not in MODELS:
            failures.append(f"{model} is no model that is known here")
            continue
        fields = entry.get("identifiers", {}) | entry.get("attrs", {})
        failures += _fields(model, fields)
        if model == "authentik_core.user" and str(fields.get("username")).startswith("ak-outpost-"):
            # authentik/core/api/users.py: what is an internal service account no serializer touches, and the whole file fails.
            failures.append(f"{fields['username']} is an account of Authentik's own: it is not modified")
        if model == "authentik_core.application":
            applications.add(entry["id"])
            if fields.get("policy_engine_mode") != "all":
                failures.append(f"{entry['id']} is open to whom any policy lets in")
        if model == "authentik_policies.policybinding" and isinstance(fields.get("target"), Tagged):
            bound.add(fields["target"].value)
    # An application without a policy is open to everybody.
    return failures + [f"{name} has no policy: everybody may use it" for name in sorted(applications - bound)]


def _compose(path: Path) -> list[str]:
    # Imported here: a venv from before this file has it not, and that is the failure of these files alone.
    import compose_spec

    text = path.read_text()
    try:
        compose = compose_spec.PyCompose.from_yaml(text)
        for part in ("networks", "secrets", "volumes"):
            getattr(compose, f"validate_{part}")()
    except Exception as error:  # its errors have no common class
        return [f"{type(error).__name__}: {error}"]
    failures, doc = [], yaml.safe_load(text)
    for name, service in doc["services"].items():
        if re.search(r":(latest)?$|^[^:]+$", service["image"]):
            failures.append(f"{name}: {service['image']} is no one version")
        failures += [f"{name}: {port} is open at every address" for port in service.get("ports", []) if not re.match(r"\d+\.\d+\.\d+\.\d+:\d+:", port)]
        failures += [f"{name}: {volume} gives it Docker" for volume in service.get("volumes", []) if "docker.sock" in volume]
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD$|TOKEN$|SECRET_KEY$", key) and not str(value).startswith("file:///run/secrets/"):
                failures.append(f"{name}: {key} is not read from the file of a secret")
            elif str(value).startswith("file:///run/secrets/") and str(value).rsplit("/", 1)[1] not in service.get("secrets", []):
                failures.append(f"{name}: {key} is in a file that it is not given")
    return failures


def _daemon(path: Path) -> list[str]:
    """dockerd(8): `bip` is the address of the bridge with its prefix; an unknown key stops Docker."""
    doc = json.loads(path.read_text())
    failures = [f"unknown key {key}" for key in sorted(doc.keys() - {"bip"})]
    if "bip" not in doc:
        return [*failures, "no bip"]
    interface = ipaddress.ip_interface(doc["bip"])
    net = interface.network
    own = interface.ip not in (net.network_address, net.broadcast_address)
    return failures + ([] if own and net.is_private else [f"bip {interface} is no address of a private network"])


def _consumer(name: str, check, pattern: str) -> Consumer:
    return Consumer(name, lambda tree: file_units(tree, [path for _, path in machine_files(tree, pattern)], check), [], lambda: "")


CONSUMERS = [
    _consumer("compose", _compose, "opt/authentik/compose.yaml"),
    _consumer("authentik blueprints", _blueprint, "opt/authentik/blueprints/*.yaml"),
    _consumer("docker daemon.json", _daemon, "etc/docker/daemon.json"),
]
