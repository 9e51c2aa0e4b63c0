//! A plain script that renders machines from ready-made JSON and checks nothing: what `run.sh` compares topoc with.

use std::error::Error;
use std::fs;
use std::path::Path;

use minijinja::value::Serde;
use minijinja::{Environment, Value, context};

const NETPLAN: &str = "network:
  version: 2
  ethernets:
{%- for n in m.nics %}
    {{ n.ifname }}:
      match: {macaddress: \"{{ n.mac }}\"}
      set-name: {{ n.ifname }}
      dhcp4: false
      addresses: [\"{{ n.address }}/24\"]
{%- if n.default_via %}
      routes:
        - {to: default, via: \"{{ n.default_via }}\"}
{%- endif %}
      nameservers: {addresses: [{{ m.clients.dns | join(', ') }}]}
{%- endfor %}
";

const TERRAFORM: &str = "{\"resource\": {\"proxmox_virtual_environment_vm\": {\"{{ m.name }}\": {
  \"name\": \"{{ m.name }}\",
  \"vm_id\": {{ m.vm_id }},
  \"cpu\": {\"cores\": {{ m.cores }}, \"type\": \"{{ m.cpu }}\"},
  \"memory\": {\"dedicated\": {{ m.memory }}},
  \"disk\": [{% for d in m.disks %}{\"size\": {{ d.size }}}{% if not loop.last %}, {% endif %}{% endfor %}],
  \"network_device\": [{% for n in m.nics %}{\"mac_address\": \"{{ n.mac }}\"}{% if not loop.last %}, {% endif %}{% endfor %}]
}}}}
";

const TIME: &str = "[Time]\nNTP={{ m.clients.ntp | join(' ') }}\n";

const CLOUD: &str = "network: {config: disabled}\n";

const INTERFACES: &str = "auto lo
iface lo inet loopback
auto bond0
iface bond0 inet manual
    bond-slaves eno1 eno2
    bond-mode 802.3ad
auto vmbr0
iface vmbr0 inet static
    address {{ h.address }}/24
    bridge-ports bond0
    bridge-vlan-aware yes
";

const INVENTORY: &str = "all:
  hosts:
{%- for m in machines %}
    {{ m.name }}:
      ansible_host: \"{{ m.nics[0].address }}\"
{%- endfor %}
";

/// `plain MODEL.json OUT`: the model is what `topoc show --format json` prints.
fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(model), Some(out)) = (args.next(), args.next()) else { return Err("plain MODEL.json OUT".into()) };
    let model: serde_json::Value = serde_json::from_slice(&fs::read(model)?)?;
    let out = Path::new(&out);
    let mut env = Environment::new();
    let templates = [
        ("netplan", NETPLAN),
        ("tf", TERRAFORM),
        ("time", TIME),
        ("cloud", CLOUD),
        ("interfaces", INTERFACES),
        ("inventory", INVENTORY),
    ];
    for (name, text) in templates {
        env.add_template(name, text)?;
    }
    fs::create_dir_all(out.join("terraform"))?;
    for machine in model["machines"].as_array().into_iter().flatten() {
        let name = machine["name"].as_str().unwrap_or_default();
        let folder = out.join("files").join(name);
        fs::create_dir_all(&folder)?;
        let m = Value::from(Serde(machine));
        for (template, path) in [("netplan", "01-netcfg.yaml"), ("time", "timesyncd.conf"), ("cloud", "99-network.cfg")]
        {
            fs::write(folder.join(path), env.get_template(template)?.render(context! { m => m.clone() })?)?;
        }
        fs::write(
            out.join("terraform").join(format!("vm-{name}.tf.json")),
            env.get_template("tf")?.render(context! { m => m.clone() })?,
        )?;
    }
    for host in model["hosts"].as_array().into_iter().flatten() {
        let folder = out.join("files").join(host["name"].as_str().unwrap_or_default());
        fs::create_dir_all(&folder)?;
        fs::write(
            folder.join("interfaces"),
            env.get_template("interfaces")?.render(context! { h => Value::from(Serde(host)) })?,
        )?;
    }
    let machines = Value::from(Serde(&model["machines"]));
    fs::write(out.join("inventory.yml"), env.get_template("inventory")?.render(context! { machines })?)?;
    Ok(())
}
