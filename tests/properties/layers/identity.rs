[
    Case { field: "identity.machine", topology: "identity", prepare: &[("            machine \"sso\"\n            server", "            server"), ("{ machine \"sso\"; secret", "{ server \"login.lab.example.net\"; secret")], change: ("machine=\"sso\"", "machine=\"authentik\""), why: "a firewall asks the machine that it names" },
    Case { field: "identity.group.name", topology: "identity", prepare: &[], change: ("group \"night-shift\"", "group \"dawn-shift\""), why: "the sample is there for others to admit" },
    Case { field: "identity.application.kind", topology: "identity", prepare: &[], change: ("application \"wiki\" kind=\"oidc\" {\n        redirect \"https://wiki.lab.example.net/callback\" \"https://wiki.lab.example.net/mobile\"\n        secret \"wiki\"\n", "application \"wiki\" kind=\"saml\" {\n        acs \"https://wiki.lab.example.net/acs\"\n"), why: "each kind has words of its own" },
    Case { field: "identity.ldap.base", topology: "identity", prepare: &[], change: ("ldap { base \"dc=lab,dc=example,dc=net\"", "ldap { base \"DC=lab,DC=example,DC=net\""), why: "what a firewall searches, and who searches, is below it; case means nothing in a name" },
]
