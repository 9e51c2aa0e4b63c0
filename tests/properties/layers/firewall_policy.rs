[
    Case { field: "deny.from.net.net", topology: "firewall-policy", prepare: &[], change: ("net \"10.96.0.0/16\" { except \"10.96.1.0/24\" }", "net \"10.66.0.0/16\" { except \"10.66.1.0/24\" }"), why: "what is left out is inside" },
    Case { field: "deny.from.net.except", topology: "firewall-policy", prepare: &[], change: ("\"10.96.1.0/24\"", "\"10.96.2.0/24\""), why: "it is inside the net" },
    Case { field: "deny.to.net.net", topology: "firewall-policy", prepare: &[], change: ("net \"10.98.0.0/16\" { except \"10.98.1.0/24\" }", "net \"10.66.0.0/16\" { except \"10.66.1.0/24\" }"), why: "what is left out is inside" },
    Case { field: "deny.to.net.except", topology: "firewall-policy", prepare: &[], change: ("net \"10.98.0.0/16\" { except \"10.98.1.0/24\"", "net \"10.98.0.0/16\" { except \"10.98.2.0/24\""), why: "it is inside the net" },
    Case { field: "allow.schedule", topology: "firewall-policy", prepare: &[], change: ("schedule \"days\"; until", "schedule \"spare-hours\"; until"), why: "a schedule is named" },
    Case { field: "deny.schedule", topology: "firewall-policy", prepare: &[], change: ("log \"refused\"\n    schedule \"days\"", "log \"refused\"\n    schedule \"spare-hours\""), why: "a schedule is named" },
    Case { field: "deny.from.machine.names", topology: "firewall-policy", prepare: &[], change: ("deny \"callers\" {\n    from {\n        vlan \"office\"\n        machine \"clock\"", "deny \"callers\" {\n    from {\n        vlan \"office\"\n        machine \"bell\""), why: "it has an address on the VLAN that is named" },
    Case { field: "deny.to.machine.names", topology: "firewall-policy", prepare: &[], change: ("deny \"places\" {\n    from { vlan \"lab\" }\n    to {\n        vlan \"front\"\n        machine \"clock\"", "deny \"places\" {\n    from { vlan \"lab\" }\n    to {\n        vlan \"front\"\n        machine \"bell\""), why: "it has an address on the VLAN that is named" },
    Case { field: "deny.from.pods.cluster", topology: "firewall-policy", prepare: &[], change: ("pods \"stage\" namespace=\"watch\"", "pods \"other\" namespace=\"watch\""), why: "pods of two clusters never meet" },
    Case { field: "deny.to.pods.cluster", topology: "firewall-policy", prepare: &[], change: ("pods \"stage\" namespace=\"rings\"", "pods \"other\" namespace=\"rings\""), why: "pods of two clusters never meet" },
]
