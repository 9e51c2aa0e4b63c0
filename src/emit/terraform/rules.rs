//! Why each constant of the Terraform files is there; holds sentences, writes nothing.

crate::rules! {
    11;
    HEADER = "A generated file says so in its first line." @ "RFC 1.1 / targets 7 (Terraform JSON: comments)";
    VERSIONS = "Terraform and the provider are pinned, so that a plan of tomorrow is a plan of today." @ "RFC 1.3; Terraform, Version Constraints";
    PIN = "The files are written for one schema of the provider: patch levels may move, the schema may not." @ "schema dump of the provider";
    PROVIDER = "One provider configuration for each Proxmox cluster." @ "Terraform, Provider Configuration";
    ALIAS = "With several clusters each resource names the provider configuration of its own." @ "Terraform, Provider Configuration (alias)";
    ENDPOINT = "The API answers where the topology says, or where the person who applies says." @ "RFC 3.1.1; provider schema";
    TOKEN = "The API token comes from a variable without default, so no file holds it." @ "RFC 3.1.1; Terraform, Input Variables (sensitive)";
    TLS = "The API's certificate is checked: who answers instead would get the token." @ "provider schema (insecure)";
    RESOURCE = "Each machine is one resource in one file." @ "RFC 3.1.1, 3.2.1, 4.1";
    REMARK = "What no field of the provider says stands in a comment of the machine." @ "Terraform, JSON Configuration Syntax (comments)";
    POOL = "The resource pool that machines are in is declared, the RFC only names it." @ "RFC 3.1.1, 4.1 / targets 7";
    OUTPUTS = "Ids and addresses of machines are outputs, under the names Proxmox has for their interfaces." @ "RFC 3.1.1";
    DESCRIPTION = "What Proxmox shows of a machine says what it is and who made it." @ "provider schema (description)";
    TAGS = "Machines carry what they are part of as tags, in the order in which Proxmox reports them." @ "Proxmox VE admin guide, Tags; bpg docs (tags)";
    MIGRATE = "A machine that is placed on another host is moved there, not destroyed and cloned anew." @ "bpg schema (migrate)";
    REBOOT = "A change never reboots a machine behind the back of whoever applies: the provider says what waits for one." @ "bpg schema (reboot_after_update); Telmate schema (automatic_reboot)";
    STOPPED = "What HA keeps stopped is not started by Terraform." @ "Proxmox VE admin guide, ha-manager (state)";
    FIRMWARE = "UEFI machines get OVMF, an EFI disk and the q35 board; the others SeaBIOS and the board of their template." @ "Proxmox VE admin guide, qm (bios, machine)";
    EFI_DISK = "UEFI keeps its variables on a disk beside the system disk; 4m is the size that can hold Secure Boot keys." @ "Proxmox VE admin guide, qm (efidisk0)";
    BOOT = "The machine boots from its system disk only." @ "RFC 3.1.1 (bootdisk); Proxmox VE admin guide, qm (boot)";
    OS_TYPE = "The kind of operating system, for the settings Proxmox derives from it." @ "Proxmox VE admin guide, qm (ostype) / targets 7 (os_type is not that)";
    AGENT = "The guest agent is asked only where the template runs it." @ "RFC 3.1.1 / targets 7";
    AGENT_WAIT = "Nobody waits for an address that no first boot sets." @ "bpg schema (agent.wait_for_ip)";
    CLONE = "A machine is a full clone: it does not need its template any more." @ "RFC 3.1.1 (full_clone)";
    CPU = "Processors as stated." @ "RFC 3.1.1, 4.1";
    MEMORY = "Memory as stated, without a balloon." @ "RFC 3.1.1, 4.1";
    DISKS = "Disks are on the SCSI controller, numbered as the topology lists them." @ "RFC 3.1.1, 4.1";
    IOTHREAD = "A disk has an I/O thread of its own exactly when it has a controller of its own." @ "Proxmox VE admin guide, qm (iothread) / targets 7";
    DISCARD = "Blocks that the guest frees are given back to the store." @ "Proxmox VE admin guide, qm (discard)";
    NICS = "All network interfaces in the order of their slots, paravirtual." @ "RFC 3.1.1, 4.1";
    NIC_KEYS = "network_device is a list of objects and no block, and JSON objects must have every key." @ "bpg schema (network_device)";
    BRIDGE = "Where each VLAN has a bridge, that has the tag in its name and the interface has none; on the one bridge that keeps tags it is the other way round." @ "RFC 2.2.1; Proxmox VE admin guide, Network Configuration";
    INHERIT_MTU = "1 means the MTU of the bridge: where that is not 1500, a guest would otherwise drop what the VLAN carries." @ "Proxmox VE admin guide, qm (net: mtu)";
    NIC_FIREWALL = "Filtering is the firewall's: the one of Proxmox stays off." @ "RFC 3.1.3";
    CLOUD_INIT = "cloud-init gets the account and, when it is to configure the network, one address for each interface in order." @ "RFC 3.2.1, 4.1; Proxmox VE admin guide, Cloud-Init";
    DNS = "The resolvers and search domains that the machine has later too." @ "RFC 3.2.1 (nameserver)";
    START = "Order and delay of the start as stated." @ "Proxmox VE admin guide, qm (startup)";
    PROTECT = "What is protected is destroyed neither by Proxmox nor by Terraform." @ "Proxmox VE admin guide, qm (protection); Terraform, lifecycle";
    HA_MOVES = "HA moves machines between hosts; Terraform would move them back in the middle of a failure." @ "Proxmox VE admin guide, ha-manager; bpg schema (node_name)";
    HA_RESOURCE = "HA looks after what the topology says it does." @ "Proxmox VE admin guide, ha-manager";
    HA_GROUP = "The hosts that may run a machine: a group up to Proxmox VE 8, a strict node-affinity rule from 9 on." @ "Proxmox VE 9.0 release notes; Proxmox VE admin guide, ha-manager";
    NO_PROVISIONER = "No file has a provisioner, so the provider need not find a way to log in." @ "Telmate schema (define_connection_info, preprovision)";
    NO_IPV6 = "IPv6 is off, so the provider need not wait for such an address." @ "Telmate schema (skip_ipv6)";
    IGNORED = "State and plans hold secrets, and what init fetches is fetched anew: none of it is committed." @ "Terraform, Sensitive Data in State; Terraform, Dependency Lock File";
}
