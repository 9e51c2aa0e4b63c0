"""What the drivers of Ceph's volumes read since Rook 1.20, and classes of snapshots, written down from their sources.

The chart is ceph-csi-drivers of ceph-csi-operator 1.0 (values.yaml; driver names and CRD fields of api/v1); the class is that
of kubernetes-csi/external-snapshotter 8. It must not be more lenient than those.
"""

from __future__ import annotations

from collections.abc import Iterator

_POD = {
    "priorityClassName": "", "labels": {}, "annotations": {}, "affinity": {}, "tolerations": [], "volumes": [], "imagePullPolicy": "",
    "serviceAccountName": "", "resources": {},
}
_DRIVER = {
    "log": {"verbosity": 0, "rotation": {"maxFiles": 0, "maxLogSize": "", "periodicity": "", "logHostPath": ""}},
    "imageSet": {"name": ""}, "clusterName": "", "enableMetadata": False, "grpcTimeout": 0, "snapshotPolicy": "", "generateOMapInfo": False,
    "fsGroupPolicy": "", "encryption": {"configMapRef": {"name": ""}}, "attachRequired": True, "deployCsiAddons": False, "cephFsClientType": "",
    "kernelMountOptions": {}, "fuseMountOptions": {},
    "nodePlugin": {**_POD, "kubeletDirPath": "", "updateStrategy": {}},
    "controllerPlugin": {**_POD, "hostNetwork": False, "replicas": 1, "deploymentStrategy": {}, "privileged": False},
}
DRIVERS = ("rbd", "cephfs", "nfs", "nvmeof")
VALUES = {
    "cephConnections": [],
    "clientProfiles": [],
    "operatorConfig": {"name": "", "namespace": "", "create": True, "driverSpecDefaults": _DRIVER},
    "drivers": {name: {**_DRIVER, "name": "", "enabled": True} for name in DRIVERS},
    "imagePullSecrets": [],
}
SNAPSHOTS = {"none", "volumeGroupSnapshot", "volumeSnapshot"}
TEXT = {"type": "string"}
# A class has no spec: its fields are those of the object.
DEFINITIONS = {
    ("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass"): {
        "type": "object",
        "required": ["driver", "deletionPolicy"],
        "properties": {
            "driver": TEXT,
            "deletionPolicy": {"type": "string", "enum": ["Delete", "Retain"]},
            "parameters": {"type": "object", "additionalProperties": TEXT},
        },
    }
}
CLUSTER_WIDE = {"VolumeSnapshotClass"}


def values(found: dict) -> Iterator[str]:
    """What names drivers that no class asks for."""
    drivers = found.get("drivers") or {}
    namespace = str((found.get("operatorConfig") or {}).get("namespace") or "")
    for key, driver in drivers.items():
        name = str((driver or {}).get("name") or "")
        if driver and driver.get("enabled") and name and not name.startswith(f"{namespace}."):
            yield f"drivers.{key}.name: {name} is not of namespace {namespace}, so no StorageClass asks for it"
        if (driver or {}).get("snapshotPolicy", "none") not in SNAPSHOTS:
            yield f"drivers.{key}.snapshotPolicy: no policy {driver['snapshotPolicy']}"
