//! Values of the language for how the bandwidth of a way out is shared; reads single values, decides nothing.

use super::*;

words! {
    /// How the packets of a link take turns (OPNsense 26.7, TrafficShaper.xml: scheduler of a pipe).
    LinkScheduler {
        Weights = "weights" "each class gets its share of what is there (WF2Q+)",
        Qfq = "qfq" "the same by a coarser and faster reckoning (QFQ)",
        RoundRobin = "round-robin" "classes take turns, each as long as its weight (deficit round robin)",
        Fifo = "fifo" "first come, first served",
        FqCodel = "fq-codel" "each connection gets the same, and none waits long (FlowQueue-CoDel)",
        FqPie = "fq-pie" "each connection gets the same, and none waits long (FlowQueue-PIE)",
    }
    /// What keeps the queue of a class short (OPNsense 26.7, TrafficShaper.xml: codel_enable, pie_enable of a queue).
    QueueControl {
        Codel = "codel" "packets that waited too long are dropped (CoDel, RFC 8289)",
        Pie = "pie" "packets are dropped by chance before they wait too long (PIE, RFC 8033)",
        Length = "length" "packets are dropped when the queue is full",
    }
    /// A mark of a packet (RFC 2474; OPNsense 26.7, TrafficShaper.xml: dscp).
    Dscp {
        Be = "be" "no mark: best effort",
        Ef = "ef" "expedited forwarding (RFC 3246)",
        Af11 = "af11" "assured forwarding 1, dropped last (RFC 2597)",
        Af12 = "af12" "assured forwarding 1, dropped sooner (RFC 2597)",
        Af13 = "af13" "assured forwarding 1, dropped first (RFC 2597)",
        Af21 = "af21" "assured forwarding 2, dropped last (RFC 2597)",
        Af22 = "af22" "assured forwarding 2, dropped sooner (RFC 2597)",
        Af23 = "af23" "assured forwarding 2, dropped first (RFC 2597)",
        Af31 = "af31" "assured forwarding 3, dropped last (RFC 2597)",
        Af32 = "af32" "assured forwarding 3, dropped sooner (RFC 2597)",
        Af33 = "af33" "assured forwarding 3, dropped first (RFC 2597)",
        Af41 = "af41" "assured forwarding 4, dropped last (RFC 2597)",
        Af42 = "af42" "assured forwarding 4, dropped sooner (RFC 2597)",
        Af43 = "af43" "assured forwarding 4, dropped first (RFC 2597)",
        Cs1 = "cs1" "class selector 1 (RFC 2474)",
        Cs2 = "cs2" "class selector 2 (RFC 2474)",
        Cs3 = "cs3" "class selector 3 (RFC 2474)",
        Cs4 = "cs4" "class selector 4 (RFC 2474)",
        Cs5 = "cs5" "class selector 5 (RFC 2474)",
        Cs6 = "cs6" "class selector 6 (RFC 2474)",
        Cs7 = "cs7" "class selector 7 (RFC 2474)",
    }
    /// What a bandwidth is counted in: thousands of bits a second, not multiples of 1,024.
    BitUnit {
        Kbit = "Kbit" "thousands of bits a second",
        Mbit = "Mbit" "millions of bits a second",
        Gbit = "Gbit" "thousands of millions of bits a second",
    }
}

integers! {
    /// Which class is asked first whether a packet is its.
    ClassOrder(u16) 1 1000 "position";
}

/// The weight of a class among those of its link (OPNsense 26.7, TrafficShaper.xml: weight of a queue).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(transparent)]
pub struct ClassWeight(pub u8);

impl Value for ClassWeight {
    const TY: Ty = Ty::Int(1, 100, "weight");
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        match raw {
            Raw::Int(n) => match u8::try_from(n) {
                Ok(n @ 1..=100) => Ok(ClassWeight(n)),
                _ => bad(format!("{n} is not between 1 and 100")),
            },
            // RFC 6.3 speaks of percentages; the shaper has none.
            Raw::Str(s) if s.ends_with('%') => Err(Bad::Value(
                "there are no percentages: a class gets its weight by the sum of all weights that have something to send".into(),
                s.trim_end_matches('%').trim().parse::<u8>().ok().filter(|n| (1..=100).contains(n)).map(|n| n.to_string()),
            )),
            _ => Err(Bad::Type),
        }
    }
}

impl fmt::Display for ClassWeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Bits a second: `"500Mbit"`. The number is kept as it was said, because OPNsense takes number and unit apart.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Bandwidth {
    /// How many.
    pub number: u32,
    /// Of what.
    pub unit: BitUnit,
}

impl Bandwidth {
    /// In bits a second.
    pub fn bits(self) -> u64 {
        let unit = match self.unit {
            BitUnit::Kbit => 1_000,
            BitUnit::Mbit => 1_000_000,
            BitUnit::Gbit => 1_000_000_000,
        };
        u64::from(self.number) * unit
    }
}

impl Value for Bandwidth {
    const TY: Ty = Ty::Form("a bandwidth in Kbit, Mbit or Gbit a second", "500Mbit");
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        if let Raw::Int(n) = raw {
            return Err(Bad::Value("a bandwidth has a unit".into(), (n > 0).then(|| format!("\"{n}Mbit\""))));
        }
        let s = text(raw)?;
        let digits = s.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = s.split_at(digits);
        let Some(number) = number.parse::<u32>().ok().filter(|n| *n > 0) else {
            return bad("it is not a whole number with Kbit, Mbit or Gbit");
        };
        let unit = match unit {
            "Kbit" => BitUnit::Kbit,
            "Mbit" => BitUnit::Mbit,
            "Gbit" => BitUnit::Gbit,
            other => {
                let meant = match other.trim().to_ascii_lowercase().as_str() {
                    "k" | "kbit" | "kbps" | "kbit/s" => "Kbit",
                    "m" | "mbit" | "mbps" | "mbit/s" => "Mbit",
                    "g" | "gbit" | "gbps" | "gbit/s" => "Gbit",
                    _ => return bad("it is not a whole number with Kbit, Mbit or Gbit"),
                };
                let fixed = Some(format!("\"{number}{meant}\""));
                return Err(Bad::Value("the units are Kbit, Mbit and Gbit, a second each".into(), fixed));
            }
        };
        let b = Bandwidth { number, unit };
        // More than what virtio NICs or their hosts carry is a mistyped unit.
        if b.bits() > 400_000_000_000 { bad("it is more than 400Gbit") } else { Ok(b) }
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, self.unit)
    }
}
