"""What Velero reads, written down from its sources: none of its files is at hand.

The chart is velero of vmware-tanzu/helm-charts (values.yaml), the object that of velero.io/v1 (pkg/apis/velero/v1,
schedule_types.go and backup_types.go). Only what topoc may write stands here, so it is stricter than those.
"""

from __future__ import annotations

from collections.abc import Iterator

TEXT = {"type": "string"}
FLAG = {"type": "boolean"}
TEXTS = {"type": "array", "items": TEXT}
# Durations of Go; cron has five fields.
DURATION = {"type": "string", "pattern": r"^([0-9]+(h|m|s))+$"}
CRON = {"type": "string", "pattern": r"^(@every [0-9hms]+|@(daily|hourly|weekly|monthly)|\S+( \S+){4})$"}
_BACKUP = {
    "ttl": DURATION, "storageLocation": TEXT, "volumeSnapshotLocations": TEXTS, "includedNamespaces": TEXTS, "excludedNamespaces": TEXTS,
    "includedResources": TEXTS, "excludedResources": TEXTS, "snapshotVolumes": FLAG, "snapshotMoveData": FLAG,
    "defaultVolumesToFsBackup": FLAG, "includeClusterResources": FLAG, "csiSnapshotTimeout": DURATION, "itemOperationTimeout": DURATION,
}
DEFINITIONS = {
    ("velero.io/v1", "Schedule"): {
        "type": "object",
        "required": ["spec"],
        "properties": {
            "spec": {
                "type": "object",
                "additionalProperties": False,
                "required": ["schedule", "template"],
                "properties": {
                    "schedule": CRON,
                    "paused": FLAG,
                    "useOwnerReferencesInBackup": FLAG,
                    "skipImmediately": FLAG,
                    "template": {"type": "object", "additionalProperties": False, "properties": _BACKUP},
                },
            }
        },
    }
}
_LOCATION = {"name", "provider", "default", "bucket", "prefix", "caCert", "credential", "accessMode", "config", "validationFrequency", "annotations"}
# velero/velero-plugin-for-aws, backupstoragelocation.md.
_CONFIG = {
    "region", "s3ForcePathStyle", "s3Url", "publicUrl", "serverSideEncryption", "kmsKeyId", "signatureVersion", "profile", "insecureSkipTLSVerify",
    "enableSharedConfig", "tagging", "checksumAlgorithm",
}
VALUES = {
    "upgradeCRDs": True,
    "initContainers": [],
    "credentials": {"useSecret": True, "name": "", "existingSecret": "", "secretContents": {}, "extraEnvVars": {}, "extraSecretRef": ""},
    "configuration": {"backupStorageLocation": [], "volumeSnapshotLocation": [], "features": "", "defaultBackupTTL": "", "logLevel": ""},
    "snapshotsEnabled": True,
    "backupsEnabled": True,
    "deployNodeAgent": False,
    "nodeAgent": {"podVolumePath": "", "resources": {}, "tolerations": [], "priorityClassName": ""},
    "metrics": {"enabled": True, "serviceMonitor": {"enabled": False}},
    "resources": {},
    "schedules": {},
}


def values(found: dict) -> Iterator[str]:
    """What the server or its plugin would not read, or would refuse."""
    for n, place in enumerate((found.get("configuration") or {}).get("backupStorageLocation") or []):
        at = f"configuration.backupStorageLocation[{n}]"
        yield from (f"{at}.{key}: the chart has no such key, so nobody reads it" for key in sorted(set(place) - _LOCATION))
        config = place.get("config") or {}
        yield from (f"{at}.config.{key}: the plugin has no such key and refuses it" for key in sorted(set(config) - _CONFIG))
        yield from (f"{at}.config.{key}: the plugin takes texts alone" for key, v in config.items() if not isinstance(v, str))
        if not place.get("bucket"):
            yield f"{at}: no bucket"
    if not (found.get("credentials") or {}).get("existingSecret"):
        yield "credentials.existingSecret: secrets are made by hand, and the chart would make an empty one"
