//! KubeSphere: what its installer reads, and who people log in by; writes no secret.

use super::*;
use crate::consumer::KubesphereDialect;
use crate::ir::{Identity, Kubesphere};
use crate::schema::Url;

/// Its files: names below the installer's folder.
pub(super) fn documents(k: &Kit<'_>) -> Vec<(String, Map)> {
    let Some(sphere) = &k.install.kubesphere else { return Vec::new() };
    // The script names the version; its own place is for messages.
    let Kubesphere { version, caps, address, identities, at: _ } = sphere;
    let Some(address) = address.as_ref().or(None) else {
        return match caps.v.dialect {
            KubesphereDialect::ClusterConfiguration => {
                vec![(CONFIGURATION.into(), configuration(k, version, None, identities))]
            }
            KubesphereDialect::Chart => Vec::new(),
        };
    };
    match caps.v.dialect {
        KubesphereDialect::ClusterConfiguration => {
            vec![(CONFIGURATION.into(), configuration(k, version, Some(address), identities))]
        }
        KubesphereDialect::Chart => identities.iter().map(|i| (identity_file(i), identity(k, address, i))).collect(),
    }
}

/// The document of ks-installer.
pub(super) const CONFIGURATION: &str = "kubesphere-configuration.yaml";

/// The file of one provider.
pub(super) fn identity_file(i: &Identity) -> String {
    format!("kubesphere-identity-{}.yaml", i.name.v)
}

fn configuration(
    k: &Kit<'_>,
    version: &Sp<crate::schema::Version>,
    address: Option<&Sp<Url>>,
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
        s.map("etcd", SPHERE, |m| {
            m.put("monitoring", (false, SPHERE));
        });
        s.map("common", SPHERE, |c| {
            c.map("core", SPHERE, |m| {
                m.map("console", SPHERE, |x| {
                    x.put("enableMultiLogin", (true, SPHERE));
                    x.put("port", (30880u32, SPHERE));
                    x.put("type", ("NodePort", SPHERE));
                });
            });
        });
        s.map("multicluster", SPHERE, |m| m.put("clusterRole", ("none", SPHERE)));
    });
    doc
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
