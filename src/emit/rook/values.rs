//! Values of Rook's charts: the operator's, and from 1.20 on those of the drivers of volumes.

use super::*;
use crate::consumer::charts as published;
use crate::emit::kube::{Chart, set};
use crate::schema::Version;

/// The charts of this line of Rook.
pub(super) fn charts(view: &View<'_>, s: &Storage) -> Vec<Part> {
    // The operator's images and charts are tagged with a `v`, Helm takes the version with or without.
    let chart = Chart {
        name: ROOK,
        repository: published::ROOK,
        version: Sp::new(Version(format!("v{}", s.chart.v).into()), s.chart.at),
        release: ROOK,
        namespace: ROOK,
    };
    let mut all = vec![Part::values(ROOK, chart, operator(view, s), OPERATOR)];
    if let Some(version) = s.caps.v.csi_drivers {
        let chart = Chart {
            name: "ceph-csi-drivers",
            repository: published::CEPH_CSI,
            version: Sp::new(Version(version.into()), s.caps.at),
            release: "ceph-csi-drivers",
            namespace: ROOK,
        };
        all.push(Part::values("ceph-csi-drivers", chart, drivers(s), DRIVERS_CHART));
    }
    all
}

fn operator(view: &View<'_>, s: &Storage) -> Map {
    let mut doc = Map::new();
    doc.map("crds", OPERATOR, |m| m.put("enabled", (true, OPERATOR)));
    tolerations(&mut doc, "tolerations", &s.place.tolerations, TOLERATED);
    match s.caps.v.csi_drivers {
        Some(_) => doc.map("csi", DRIVERS_CHART, |m| m.put("installCsiOperator", (true, DRIVERS_CHART))),
        None => doc.map("csi", DRIVERS, |m| {
            m.put("enableRbdDriver", runs(!s.pools.is_empty(), s.pools.iter().map(|p| p.name.at)));
            m.put("enableCephfsDriver", runs(!s.filesystems.is_empty(), s.filesystems.iter().map(|f| f.name.at)));
            m.put("enableRBDSnapshotter", s.snapshots);
            m.put("enableCephfsSnapshotter", s.snapshots);
            tolerations(m, "provisionerTolerations", &s.place.tolerations, TOLERATED);
            tolerations(m, "pluginTolerations", &s.client_tolerations, MOUNTED_ANYWHERE);
        }),
    }
    doc.map("monitoring", SCRAPE, |m| m.put("enabled", monitors(view, s.metrics)));
    doc
}

/// Whether Rook makes monitors itself: where monitoring is stated they are objects of this tree.
pub(super) fn monitors(view: &View<'_>, metrics: Sp<bool>) -> (crate::render::Doc, crate::render::Why) {
    let why = crate::render::Why::from(metrics.at);
    match &view.layer.monitoring {
        Some(m) => (crate::render::Doc::Bool(false), why.also(SCRAPED_ELSE).also(m.at)),
        None => (crate::render::Doc::Bool(metrics.v), why),
    }
}

/// Whether a driver runs, and the stores that need it.
fn runs(any: bool, stores: impl Iterator<Item = crate::source::Origin>) -> (crate::render::Doc, crate::render::Why) {
    let why = stores.fold(crate::render::Why::from(DRIVERS), |why, at| why.also(at));
    (crate::render::Doc::Bool(any), why)
}

fn drivers(s: &Storage) -> Map {
    let mut doc = Map::new();
    set(&mut doc, &["operatorConfig"], "namespace", (ROOK, DRIVERS_VALUES), DRIVERS_VALUES);
    let defaults = doc.sub("operatorConfig", DRIVERS_VALUES).sub("driverSpecDefaults", DRIVERS_VALUES);
    set(defaults, &["imageSet"], "name", ("rook-csi-operator-image-set-configmap", DRIVERS_VALUES), DRIVERS_VALUES);
    let node = defaults.sub("nodePlugin", DRIVERS_VALUES);
    node.put("priorityClassName", ("system-node-critical", PRIORITY));
    tolerations(node, "tolerations", &s.client_tolerations, MOUNTED_ANYWHERE);
    let controller = defaults.sub("controllerPlugin", DRIVERS_VALUES);
    controller.put("priorityClassName", ("system-cluster-critical", PRIORITY));
    tolerations(controller, "tolerations", &s.place.tolerations, TOLERATED);
    let policy = s.snapshots.map(|on| if on { "volumeSnapshot" } else { "none" });
    doc.map("drivers", DRIVERS_VALUES, |m| {
        m.map("rbd", DRIVERS_VALUES, |m| {
            m.put("enabled", runs(!s.pools.is_empty(), s.pools.iter().map(|p| p.name.at)));
            m.put("name", (stores::RBD, DRIVERS_VALUES));
            m.put("snapshotPolicy", policy);
        });
        m.map("cephfs", DRIVERS_VALUES, |m| {
            m.put("enabled", runs(!s.filesystems.is_empty(), s.filesystems.iter().map(|f| f.name.at)));
            m.put("name", (stores::CEPHFS, DRIVERS_VALUES));
            m.put("snapshotPolicy", policy);
        });
        for (driver, name) in [("nfs", "rook-ceph.nfs.csi.ceph.com"), ("nvmeof", "rook-ceph.nvmeof.csi.ceph.com")] {
            m.map(driver, DRIVERS_VALUES, |m| {
                m.put("enabled", (false, DRIVERS_VALUES));
                m.put("name", (name, DRIVERS_VALUES));
            });
        }
    });
    doc
}
