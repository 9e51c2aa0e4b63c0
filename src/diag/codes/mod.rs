//! The list of all codes: one line and one page (`E0203.md`) each. A code is never used again for something else.

/// How bad it is.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Nothing is written.
    Error,
    /// Written, and said; `allow-lint` silences it with a reason and an end.
    Warning,
    /// Said.
    Note,
}

/// A diagnostic's code; ordered by its number.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Code(u16);

/// What is known of a code.
#[derive(Debug)]
pub struct CodeInfo {
    /// `E0203` or `L0301`: `E` cannot be built, `L` is a lint.
    pub id: &'static str,
    /// `unknown-vlan`: names the pattern that is wrong.
    pub name: &'static str,
    /// How bad it is.
    pub level: Level,
    /// The page that `topoc explain` prints; its KDL blocks are tests.
    pub page: &'static str,
}

macro_rules! codes {
    ($($id:ident $name:literal $level:ident;)*) => {
        #[allow(clippy::upper_case_acronyms)]
        enum Number { $($id),* }
        /// Every code by its id.
        pub mod code {
            use super::{Code, Number};
            $(#[doc = concat!("`", $name, "`")] pub const $id: Code = Code(Number::$id as u16);)*
        }
        /// All codes in the order of their numbers.
        pub const ALL: &[CodeInfo] = &[$(CodeInfo {
            id: stringify!($id), name: $name, level: Level::$level, page: include_str!(concat!(stringify!($id), ".md")),
        }),*];
    };
}

impl Code {
    /// What is known of it.
    pub fn info(self) -> &'static CodeInfo {
        &ALL[self.0 as usize]
    }

    /// How bad it is.
    pub fn level(self) -> Level {
        self.info().level
    }
}

/// The code of that id or name, whatever the case.
pub fn by_name(text: &str) -> Option<&'static CodeInfo> {
    ALL.iter().find(|c| c.id.eq_ignore_ascii_case(text) || c.name.eq_ignore_ascii_case(text))
}

codes! {
    // 01 syntax
    E0101 "unexpected-text" Error;
    E0102 "bare-keyword" Error;
    E0103 "unclosed-string" Error;
    E0104 "unclosed-block" Error;
    E0105 "stray-closing-brace" Error;
    E0106 "missing-property-value" Error;
    E0107 "unquoted-url" Error;
    E0108 "bad-escape" Error;
    E0109 "bad-number" Error;
    E0110 "unquoted-special-character" Error;
    E0111 "forbidden-character" Error;
    E0112 "unclosed-comment" Error;
    E0113 "text-beside-triple-quotes" Error;
    E0114 "uneven-string-indentation" Error;
    E0115 "kdl1-input" Error;
    E0116 "text-after-block" Error;
    E0117 "too-deep" Error;
    E0118 "file-too-large" Error;
    E0119 "missing-space" Error;
    E0120 "dangling-slashdash" Error;
    E0121 "comma-between-values" Error;
    E0122 "bracketed-list" Error;
    E0123 "colon-after-name" Error;
    E0124 "bad-type-annotation" Error;
    E0125 "block-without-name" Error;
    E0126 "unclosed-raw-string" Error;
    E0127 "unopened-string" Error;
    E0128 "line-break-in-string" Error;
    E0129 "kdl1-raw-string" Error;
    E0130 "name-without-quotes" Error;
    E0132 "equals-after-node-name" Error;
    E0133 "unknown-keyword" Error;
    E0134 "hash-comment" Error;
    E0135 "backslash-inside-line" Error;
    // 02 names and shapes
    E0201 "unknown-word" Error;
    E0202 "stated-twice" Error;
    E0203 "unknown-name" Error;
    E0204 "wrong-type" Error;
    E0205 "bad-value" Error;
    E0206 "missing-fact" Error;
    E0207 "name-taken" Error;
    E0208 "stray-value" Error;
    E0209 "list-as-property" Error;
    E0210 "wrong-shape" Error;
    E0211 "placeholder-value" Error;
    E0212 "secret-in-file" Error;
    E0213 "stray-block" Error;
    E0214 "type-annotation" Error;
    E0215 "error-silenced" Error;
    L0216 "permission-ended" Warning;
    L0217 "permission-unused" Warning;
    E0218 "reserved-name" Error;
    E0219 "one-secret-two-roles" Error;
    // 03 addressing
    E0301 "address-taken" Error;
    E0302 "outside-subnet" Error;
    E0303 "network-or-broadcast-address" Error;
    E0304 "overlapping-subnets" Error;
    E0305 "inside-reservation" Error;
    E0306 "tag-taken" Error;
    E0307 "router-without-address" Error;
    E0308 "two-routers" Error;
    E0309 "isolated-vlan-routed" Error;
    E0310 "two-default-routes" Error;
    E0311 "no-default-route" Error;
    E0312 "default-route-without-internet" Error;
    L0313 "split-gateway" Warning;
    E0314 "delivery-not-stated" Error;
    E0315 "alias-outside-wan" Error;
    E0316 "cluster-range-overlaps" Error;
    E0317 "vlan-not-on-host" Error;
    L0318 "undefined-tag" Note;
    E0319 "mtu-too-large" Error;
    E0320 "asymmetric-path" Error;
    E0321 "split-node-network" Error;
    E0322 "api-outside-node-network" Error;
    E0323 "unpinned-target" Error;
    E0324 "reversed-range" Error;
    E0325 "overlapping-reservations" Error;
    E0326 "mac-taken" Error;
    E0327 "vm-id-taken" Error;
    E0328 "vm-ids-exhausted" Error;
    E0329 "vrid-taken" Error;
    E0330 "wan-without-address" Error;
    E0331 "management-unreachable" Error;
    E0332 "unknown-cable-end" Error;
    E0333 "port-taken" Error;
    E0334 "vlan-not-on-port" Error;
    E0335 "server-not-on-vlan" Error;
    E0336 "lock-unreadable" Error;
    E0337 "default-route-to-nowhere" Error;
    // 04 who may talk to whom
    E0401 "well-known-service-redefined" Error;
    E0402 "service-without-port" Error;
    E0403 "nobody-named" Error;
    E0404 "group-contains-itself" Error;
    E0405 "net-never-matches" Error;
    L0406 "net-matches-in-part" Warning;
    E0407 "except-outside-net" Error;
    E0408 "name-as-source" Error;
    E0409 "requests-not-readable" Error;
    E0410 "policy-without-cilium" Error;
    E0411 "beyond-kubernetes-policy" Error;
    L0412 "allow-without-deny" Warning;
    L0413 "nodes-not-told-apart" Warning;
    E0414 "pods-of-another-cluster" Error;
    E0415 "name-servers-cut-off" Error;
    E0416 "default-deny-of-nothing" Error;
    E0418 "policy-name-taken" Error;
    E0419 "way-in-not-stated" Error;
    E0420 "allow-that-refuses" Error;
    E0421 "api-port-not-open" Error;
    E0422 "policies-that-nobody-enforces" Error;
    E0423 "pods-and-what-only-firewalls-know" Error;
    E0424 "nobody-enforces" Error;
    L0425 "allow-past-every-firewall" Warning;
    L0426 "part-past-every-firewall" Warning;
    E0427 "two-firewalls-on-the-way" Error;
    E0428 "pods-by-address" Error;
    E0429 "pattern-at-a-firewall" Error;
    E0430 "beyond-firewall-rules" Error;
    E0431 "two-ways-out-for-one" Error;
    E0432 "way-out-that-is-none" Error;
    L0433 "firewall-as-source" Warning;
    L0434 "allow-past-its-day" Warning;
    E0435 "name-in-deny" Error;
    E0436 "beyond-cluster-policies" Error;
    E0437 "hours-that-never-come" Error;
    L0438 "countries-by-a-database" Note;
    L0450 "rule-denied-before" Warning;
    L0451 "rule-said-before" Warning;
    L0452 "everything-for-everybody" Warning;
    L0453 "name-that-nobody-uses" Note;
    // 05 target versions
    E0501 "version-not-stated" Error;
    E0502 "unknown-version" Error;
    E0503 "provider-needs-fact" Error;
    E0504 "topoc-too-old" Error;
    L0505 "retired-consumer" Warning;
    E0506 "version-not-exact" Error;
    E0507 "versions-not-together" Error;
    L0508 "versions-not-tested-together" Warning;
    E0509 "ceph-refused" Error;
    E0510 "gateway-api-of-another-cilium" Error;
    // 06 emission
    E0602 "raw-collides" Error;
    E0603 "raw-meets-nothing" Error;
    E0604 "size-not-whole" Error;
    E0605 "raw-hides-edits" Error;
    E0606 "fact-not-rendered" Error;
    E0607 "path-taken" Error;
    E0608 "folder-taken" Error;
    E0609 "off-meets-nothing" Error;
    L0610 "environment-changes-nothing" Warning;
    E0611 "first-boot-too-many-nics" Error;
    E0612 "ha-group-name" Error;
    L0613 "ha-by-hand" Warning;
    E0614 "raw-refused" Error;
    E0615 "raw-without-effect" Error;
    L0616 "raw-outdated" Warning;
    E0617 "outside-of-an-environment" Error;
    L0618 "environment-that-a-firewall-misses" Warning;
    E0630 "check-makes-no-sense" Error;
    E0631 "check-of-nothing" Error;
    // 07 proof
    E0701 "expectation-fails" Error;
    E0702 "expectation-unproven" Error;
    L0703 "expected-of-an-unknown-namespace" Note;
    // 08 machines
    E0801 "quorum-on-one-host" Error;
    E0802 "ha-without-shared-storage" Error;
    E0803 "unknown-disk" Error;
    E0805 "two-network-owners" Error;
    E0806 "login-without-cloud-init" Error;
    E0807 "restart-cuts-guests" Error;
    E0808 "failover-never-happens" Error;
    E0809 "equal-priorities" Error;
    E0810 "priority-out-of-range" Error;
    E0811 "vrrp-without-effect" Error;
    L0812 "even-quorum" Warning;
    E0813 "system-disk" Error;
    E0814 "pair-on-one-host" Error;
    E0815 "check-outlasts-interval" Error;
    E0818 "bond-makes-no-sense" Error;
    E0819 "bond-without-group" Error;
    L0820 "quorum-on-two-hosts" Warning;
    L0821 "idle-host" Note;
    E0822 "wrong-system" Error;
    E0823 "too-many-nodes" Error;
    // 09 what runs in clusters
    E0901 "node-out-of-reach" Error;
    E0902 "role-missing" Error;
    E0903 "api-name-points-elsewhere" Error;
    E0904 "proxy-beside-its-replacement" Error;
    E0905 "no-network-plugin" Error;
    E0906 "zone-taken" Error;
    E0907 "server-inside-the-cluster" Error;
    L0908 "servers-asked-by-chance" Warning;
    E0909 "names-behind-the-cache" Error;
    E0910 "installer-cannot-do-this" Error;
    L0911 "cache-without-kube-proxy" Warning;
    E0912 "copies-at-no-regular-time" Error;
    E0913 "names-without-installer" Error;
    E0914 "pods-beyond-their-share" Error;
    E0915 "two-first-networks" Error;
    E0916 "nested-vlan-without-router" Error;
    E0917 "node-without-bare-nic" Error;
    E0918 "nested-vlan-of-the-nodes" Error;
    E0919 "backups-among-others" Error;
    E0920 "routing-word-without-effect" Error;
    L0921 "pods-not-routed" Warning;
    E0922 "native-net-without-pods" Error;
    E0923 "egress-gateways-compete" Error;
    E0924 "masquerade-without-proxy" Error;
    L0925 "pods-seen-outside" Warning;
    E0926 "interfaces-without-default-route" Error;
    E0927 "interfaces-too-few" Error;
    E0928 "interface-of-no-node" Error;
    E0929 "served-by-nobody" Error;
    E0930 "egress-gateway-without-masquerade" Error;
    E0931 "egress-gateway-to-nowhere" Error;
    E0932 "operators-without-nodes" Error;
    E0933 "pages-without-relay" Error;
    E0934 "cluster-name-too-long" Error;
    E0935 "mtu-does-not-fit" Error;
    L0936 "mtu-not-of-the-network" Warning;
    L0937 "probes-dropped" Warning;
    L0938 "flows-without-effect" Note;
    E0939 "issuer-misplaced" Error;
    E0940 "pool-out-of-reach" Error;
    E0941 "nobody-announces" Error;
    E0942 "two-announcers" Error;
    E0943 "bgp-without-peers" Error;
    E0944 "bgp-without-effect" Error;
    E0945 "peer-out-of-reach" Error;
    E0946 "peers-clash" Error;
    L0947 "pool-behind-arp" Warning;
    E0948 "peer-contradicts-itself" Error;
    L0949 "pool-beside-dhcp" Warning;
    E0950 "aggregate-outside-pool" Error;
    E0951 "preference-clash" Error;
    E0952 "pool-not-advertised" Error;
    E0953 "announcer-cannot" Error;
    L0954 "unknown-peer" Warning;
    E0955 "word-of-another-ingress" Error;
    E0956 "address-outside-its-pool" Error;
    E0957 "address-pinned-twice" Error;
    E0958 "gateway-without-cilium" Error;
    E0959 "challenge-without-way-in" Error;
    L0960 "challenge-unreachable" Warning;
    L0961 "challenge-by-hairpin" Warning;
    E0962 "wildcard-by-http" Error;
    L0963 "untrusted-certificates" Note;
    L0964 "no-backend-where-announced" Warning;
    L0965 "ingress-without-announcer" Warning;
    L0966 "snippets-read-secrets" Warning;
    E0967 "pool-for-others" Error;
    E0968 "listeners-collide" Error;
    E0969 "listener-without-certificate" Error;
    E0970 "redirect-to-nowhere" Error;
    E0971 "issuer-makes-no-sense" Error;
    E0972 "of-another-cluster" Error;
    E0973 "namespace-of-another" Error;
    E0974 "gateway-without-listener" Error;
    E0975 "too-few-monitor-nodes" Error;
    L0976 "even-monitors" Warning;
    E0977 "monitor-off-network" Error;
    E0978 "disks-off-network" Error;
    E0979 "volumes-out-of-reach" Error;
    L0980 "replication-routed" Warning;
    E0981 "too-few-failure-domains" Error;
    L0982 "few-copies" Warning;
    E0983 "two-default-classes" Error;
    L0984 "no-default-class" Warning;
    E0985 "disk-given-twice" Error;
    E0986 "node-of-another-cluster" Error;
    E0987 "failure-domain-without-label" Error;
    E0988 "port-taken-on-nodes" Error;
    E0989 "more-servers-than-nodes" Error;
    L0990 "ceph-disk-unused" Warning;
    L0991 "needs-custom-resources" Note;
    L0992 "timeout-without-effect" Warning;
    E0993 "storage-without-disks" Error;
    L0994 "few-hypervisors" Warning;
    L0995 "copies-in-one-store" Warning;
    E0996 "no-disk-of-class" Error;
    E0997 "no-challenge-for-name" Error;
    L0998 "password-of-the-makers" Warning;
    // 10 clusters inside clusters
    E1001 "nested-without-network" Error;
    E1002 "two-kube-ovns" Error;
    E1003 "kube-ovn-range-overlaps" Error;
    E1004 "address-on-bare-nic" Error;
    E1005 "control-plane-without-address" Error;
    // 11 firewalls
    E1101 "interface-key-taken" Error;
    E1102 "tags-on-plain-bridges" Error;
    E1103 "interface-not-carried" Error;
    E1104 "private-way-out-dropped" Error;
    E1105 "route-via-nobody" Error;
    E1106 "route-to-our-own" Error;
    E1107 "probe-by-another-way" Error;
    E1108 "way-out-without-rank" Error;
    E1109 "group-that-never-switches" Error;
    E1110 "group-of-no-way-out" Error;
    E1111 "gateway-name-too-long" Error;
    E1112 "way-out-without-router" Error;
    E1113 "pair-by-dhcp" Error;
    E1114 "sync-misplaced" Error;
    E1115 "pair-without-sync" Error;
    E1116 "too-many-aliases" Error;
    E1117 "sync-of-what-differs" Error;
    L1118 "way-around-the-firewall" Warning;
    L1119 "ipv6-stays-on" Warning;
    E1120 "public-address-of-nobody" Error;
    E1121 "way-out-unclear" Error;
    E1122 "inner-address-unknown" Error;
    E1123 "inner-address-misplaced" Error;
    E1124 "target-out-of-reach" Error;
    E1125 "answers-go-elsewhere" Error;
    E1126 "target-unclear" Error;
    E1127 "translated-twice" Error;
    E1128 "port-of-the-firewall-itself" Error;
    E1129 "forward-without-port" Error;
    E1130 "ports-onto-each-other" Error;
    E1131 "firewall-address-given-away" Error;
    E1132 "translation-of-nobody" Error;
    L1134 "nobody-listens" Warning;
    L1135 "published-to-the-inside" Warning;
    L1136 "one-to-one-closed" Warning;
    E1140 "firewall-nobody-manages" Error;
    E1141 "comes-in-nowhere" Error;
    E1142 "shell-for-non-administrator" Error;
    E1143 "two-on-one-port" Error;
    E1144 "vpn-range-overlaps" Error;
    E1145 "peer-address-impossible" Error;
    E1146 "peer-key-twice" Error;
    E1147 "word-of-another-kind" Error;
    E1148 "word-missing-for-kind" Error;
    E1149 "vpn-number-twice" Error;
    E1150 "vpn-too-small" Error;
    E1151 "vpn-open-to-anybody" Error;
    L1152 "plaintext-directory" Warning;
    L1153 "root-by-ssh" Warning;
    L1154 "password-by-ssh" Warning;
    L1155 "managed-from-outside" Warning;
    L1156 "log-in-by-directory-only" Warning;
    E1157 "account-number-twice" Error;
    L1158 "vpn-without-peers" Note;
    L1159 "standby-out-of-reach" Warning;
    E1160 "served-without-interface" Error;
    E1161 "served-on-a-way-out" Error;
    E1162 "asked-where-not-served" Error;
    E1163 "upstreams-in-the-clear" Error;
    E1164 "name-with-two-answers" Error;
    E1165 "name-without-domain" Error;
    E1166 "inside-of-nothing" Error;
    E1167 "server-asks-itself" Error;
    E1168 "one-lease-for-all" Error;
    E1169 "reservation-without-client" Error;
    L1171 "served-where-nobody-asks" Note;
    L1172 "nobody-gives-addresses" Warning;
    L1173 "two-clocks" Warning;
    L1174 "inside-at-another-port" Warning;
    L1175 "api-name-without-record" Warning;
    E1176 "shaper-off-the-way-out" Error;
    E1177 "no-interface-there" Error;
    E1178 "weights-without-effect" Error;
    E1179 "not-one-default-class" Error;
    E1180 "class-never-matches" Error;
    E1181 "beyond-the-shaper" Error;
    L1182 "mark-of-nobody" Warning;
    E1183 "class-of-anything" Error;
    E1184 "unknown-ruleset" Error;
    E1185 "prevention-on-a-tagged-vlan" Error;
    E1186 "drop-without-prevention" Error;
    E1187 "policies-of-one-rank" Error;
    E1188 "log-target-out-of-reach" Error;
    E1189 "log-target-unclear" Error;
    E1190 "log-target-of-nobody" Error;
    E1191 "figures-for-strangers" Error;
    E1192 "nothing-asked-for" Error;
    E1193 "reader-out-of-reach" Error;
    E1194 "half-a-login" Error;
    L1195 "class-that-nothing-feeds" Warning;
    L1196 "policy-never-asked" Warning;
    L1197 "vpn-of-public-addresses" Warning;
    E1200 "page-without-a-name" Error;
    E1202 "system-without-compose" Error;
    L1203 "identity-too-small" Warning;
    E1204 "two-clients-of-one-name" Error;
    E1206 "directory-does-not-fit" Error;
    L1207 "identity-that-nobody-asks" Warning;
    L1208 "nobody-may-open" Warning;
    E1209 "people-of-another-server" Error;
    E1210 "issuer-does-not-fit" Error;
    E1211 "two-servers-on-one-machine" Error;
    L1212 "backup-beside-what-it-keeps" Warning;
    E1215 "page-word-without-effect" Error;
    E1216 "page-cannot-log-in" Error;
    L1217 "page-without-login" Warning;
    E1218 "page-of-nothing" Error;
    E1219 "pages-published" Error;
    E1220 "page-certificate-by-http" Error;
    E1221 "page-opened-elsewhere" Error;
    E1230 "login-in-an-address" Error;
    E1231 "page-of-a-repository" Error;
    E1232 "word-without-a-sync" Error;
    L1233 "repository-in-the-open" Warning;
    E1234 "argo-cd-for-nobody" Error;
    E1245 "scraper-not-let-in" Error;
    E1246 "probe-refused" Error;
    E1247 "figures-without-a-class" Error;
    E1248 "receiver-unclear" Error;
    E1249 "mail-password-in-the-clear" Error;
    L1250 "not-watched" Warning;
    E1251 "scrapers-elsewhere" Error;
    L1252 "scraped-anyway" Note;
    L1253 "receiver-never-told" Warning;
    E1254 "nobody-answers-snmp" Error;
    E1255 "job-twice" Error;
    L1256 "watchdog-of-people" Warning;
    E1258 "unknown-alert" Error;
    E1259 "alert-said-twice" Error;
    E1260 "alert-of-nothing" Error;
    E1261 "certificate-urgent-too-early" Error;
    L1262 "alert-cannot-be-made" Note;
    E1263 "silenced-for-good" Error;
    E1270 "logs-to-no-listener" Error;
    E1271 "logs-sent-otherwise" Error;
    E1272 "listener-on-another-vlan" Error;
    E1273 "not-so-many-lokis" Error;
    E1274 "logs-kept-nowhere" Error;
    E1275 "logs-for-less-than-a-day" Error;
    E1276 "loki-of-another-kind" Error;
    E1278 "listener-announced-anywhere" Error;
    E1279 "log-alerts-of-nobody" Error;
    E1280 "traces-kept-nowhere" Error;
    E1281 "traces-for-less-than-an-hour" Error;
    L1282 "traces-without-room" Warning;
    E1283 "traces-from-anybody" Error;
    L1284 "traces-from-nobody" Warning;
    L1285 "traces-nobody-sees" Warning;
    E1286 "tempo-that-never-starts" Error;
    E1290 "recovery-point-missed" Error;
    L1291 "recovery-without-copies" Warning;
    L1292 "copies-lost-with-the-original" Warning;
    E1293 "rhythm-without-times" Error;
    E1294 "copies-that-cannot-be" Error;
    L1295 "encrypted-with-a-known-password" Warning;
    L1296 "stopped-at-once" Warning;
    L1300 "page-for-all-alike" Warning;
    L1310 "class-that-nobody-makes" Warning;
    L1311 "two-on-one-node" Warning;
    L1312 "logs-in-the-clear" Warning;
    L1313 "listener-that-nobody-feeds" Warning;
    L1314 "readers-who-change-things" Warning;
    L1315 "pages-out-of-reach" Warning;
    L1316 "pages-for-everybody" Warning;
    L1317 "port-of-another-transport" Warning;
    L1318 "same-thing-twice" Warning;
    E1319 "figures-out-of-reach" Error;
    L1320 "alert-that-never-fires" Warning;
    L1321 "alert-that-always-fires" Warning;
    L1322 "recovery-of-some-clusters" Note;
}
