//! KubeSphere: what its installer reads, and who people log in by; writes no secret.

use super::*;
use crate::consumer::KubesphereDialect;
use crate::ir::{Identity, Kubesphere};
use crate::schema::Url;

/// Its files: names below the installer's folder.
pub(super) fn documents(k: &Kit<'_>) -> Vec<(String, Map)> {
    let Some(sphere) = &k.install.kubesphere else { return Vec::new() };
    // The script names the version; its own place is for messages.
    let Kubesphere { version, caps, address, admin, identities, at: _ } = sphere;
    match caps.v.dialect {
        KubesphereDialect::ClusterConfiguration => {
            vec![(CONFIGURATION.into(), configuration(k, version, address.as_ref(), admin.as_ref(), identities))]
        }
        KubesphereDialect::Chart => {
            let mut all = vec![(VALUES.into(), values(k, admin.as_ref()))];
            // Identity providers without an address are an error, and errors are not sealed.
            if let Some(address) = address {
                all.extend(identities.iter().map(|i| (identity_file(i), identity(k, address, i))));
            }
            all
        }
    }
}

/// Values of the chart ks-core.
const VALUES: &str = "kubesphere-values.yaml";

fn values(k: &Kit<'_>, admin: Option<&Sp<SecretId>>) -> Map {
    let mut doc = Map::new();
    if let Some(secret) = admin {
        doc.map("authentication", FIRST_PASSWORD, |a| {
            a.comment("install.sh puts the secret in.");
            a.put("adminPassword", (k.secret(*secret), FIRST_PASSWORD));
        });
    }
    doc.map("telemetry", SILENT, |t| t.put("enabled", (false, SILENT)));
    doc
}

/// The document of ks-installer.
const CONFIGURATION: &str = "kubesphere-configuration.yaml";

/// The file of one provider.
fn identity_file(i: &Identity) -> String {
    format!("kubesphere-identity-{}.yaml", i.name.v)
}

fn configuration(
    k: &Kit<'_>,
    version: &Sp<crate::schema::Version>,
    address: Option<&Sp<Url>>,
    admin: Option<&Sp<SecretId>>,
    identities: &[Identity],
) -> Map {
    let mut doc = Map::new();
    doc.put("apiVersion", ("installer.kubesphere.io/v1alpha1", SPHERE));
    doc.put("kind", ("ClusterConfiguration", SPHERE));
    doc.map("metadata", SPHERE, |m| {
        m.put("name", ("ks-installer", SPHERE));
        m.put("namespace", ("kubesphere-system", SPHERE));
        m.map("labels", SPHERE, |l| l.put("version", (words!["v", version], SPHERE)));
    });
    doc.map("spec", SPHERE, |s| {
        s.map("persistence", SPHERE, |m| m.put("storageClass", ("", SPHERE)));
        s.map("authentication", SPHERE, |m| {
            if let Some(secret) = admin {
                m.comment("install.sh puts the secret in.");
                m.put("adminPassword", (k.secret(*secret), FIRST_PASSWORD));
            }
            m.put("jwtSecret", ("", SPHERE));
            if let (Some(address), false) = (address, identities.is_empty()) {
                m.map("oauthOptions", IDENTITY, |o| {
                    o.list("identityProviders", IDENTITY, |l| {
                        for i in identities {
                            l.push((identity(k, address, i), IDENTITY));
                        }
                    });
                });
            }
        });
        s.map("etcd", SPHERE, |m| m.put("monitoring", (false, SPHERE)));
        s.map("common", SPHERE, |c| {
            c.map("core", SPHERE, |m| {
                m.map("console", SPHERE, |x| {
                    x.put("enableMultiLogin", (true, SPHERE));
                    x.put("port", (30880u32, SPHERE));
                    x.put("type", ("NodePort", SPHERE));
                });
            });
            ["redis", "openldap", "es", "opensearch"].into_iter().for_each(|part| off(c, part));
        });
        s.comment("Monitoring is KubeSphere's own; what else it could install has another owner or none.");
        s.map("monitoring", SPHERE, |m| m.put("storageClass", ("", SPHERE)));
        const PARTS: [&str; 9] = [
            "alerting",
            "auditing",
            "devops",
            "events",
            "logging",
            "metrics_server",
            "servicemesh",
            "edgeruntime",
            "gatekeeper",
        ];
        PARTS.into_iter().for_each(|part| off(s, part));
        s.map("openpitrix", SPHERE, |m| off(m, "store"));
        s.map("network", SPHERE, |m| {
            off(m, "networkpolicy");
            m.map("ippool", SPHERE, |x| x.put("type", ("none", SPHERE)));
            m.map("topology", SPHERE, |x| x.put("type", ("none", SPHERE)));
        });
        s.map("multicluster", SPHERE, |m| m.put("clusterRole", ("none", SPHERE)));
    });
    doc
}

fn off(m: &mut Map, part: &'static str) {
    m.map(part, SPHERE, |x| x.put("enabled", (false, SPHERE)));
}

fn identity(k: &Kit<'_>, address: &Sp<Url>, i: &Identity) -> Map {
    let Identity { name, issuer, client, secret, scopes, at: _ } = i;
    let mut doc = Map::new();
    doc.put("name", name);
    doc.put("type", ("OIDCIdentityProvider", IDENTITY));
    doc.put("mappingMethod", ("auto", IDENTITY));
    doc.map("provider", IDENTITY, |p| {
        p.put("clientID", client);
        p.comment("install.sh puts the secret in.");
        p.put("clientSecret", (k.secret(*secret), SECRET));
        p.put("issuer", issuer);
        p.put("redirectURL", (words![address, "/oauth/redirect/", name], IDENTITY));
        p.list("scopes", IDENTITY, |l| scopes.iter().for_each(|s| l.push(s)));
    });
    doc
}
