//! Spans of time, each kind with the least and the most that means something; reads single values, decides nothing.

use super::*;

/// The most that a span may be: fields of OPNsense are signed (core 26.7, IntegerField of Filter.xml: 2147483647).
const LONGEST: u32 = i32::MAX as u32;

/// A span of time in seconds (the file says s, m, h or d). Never none: nothing happens in no time, and nothing ever again.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct Seconds(pub u32);

impl Value for Seconds {
    const TY: Ty = Ty::Form("a time in s, m, h or d", "30s");
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        span(raw, 1, LONGEST).map(Seconds)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0;
        match n {
            0 => write!(f, "0s"),
            _ if n.is_multiple_of(86400) => write!(f, "{}d", n / 86400),
            _ if n.is_multiple_of(3600) => write!(f, "{}h", n / 3600),
            _ if n.is_multiple_of(60) => write!(f, "{}m", n / 60),
            _ => write!(f, "{n}s"),
        }
    }
}

/// Reads a span between two others, in seconds.
fn span(raw: Raw<'_>, min: u32, max: u32) -> Result<u32, Bad> {
    if let Raw::Int(n) = raw {
        // Which unit was meant is nobody's to guess: thirty seconds are not thirty days.
        return bad(format!("a time has a unit, {n} has none"));
    }
    let s = text(raw)?;
    let digits = s.bytes().take_while(u8::is_ascii_digit).count();
    let factor = match &s[digits..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => return bad("it is not a whole number with s, m, h or d"),
    };
    if digits == 0 {
        return bad("it is not a whole number with s, m, h or d");
    }
    match s[..digits].parse::<u32>().ok().and_then(|n| n.checked_mul(factor)) {
        Some(n) if n < min => bad(format!("it is less than {}", Seconds(min))),
        Some(n) if n <= max => Ok(n),
        Some(_) | None if max == LONGEST => bad("it is too long a time"),
        Some(_) | None => bad(format!("it is more than {}", Seconds(max))),
    }
}

macro_rules! spans {
    ($($(#[doc = $doc:literal])+ $Name:ident $what:literal $example:literal $min:literal $max:expr;)*) => {$(
        $(#[doc = $doc])+
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
        #[serde(transparent)]
        pub struct $Name(pub u32);
        impl Value for $Name {
            const TY: Ty = Ty::Form($what, $example);
            fn read(raw: Raw<'_>) -> Result<Self, Bad> {
                span(raw, $min, $max).map($Name)
            }
        }
        impl From<$Name> for Seconds {
            fn from(s: $Name) -> Seconds {
                Seconds(s.0)
            }
        }
    )*};
}

spans! {
    /// How long an address is lent: a client asks again after half of it (RFC 2131 section 4.4.5).
    Lease "a time of 1m at least" "12h" 60 LONGEST;
    /// How often monit looks (OPNsense core 26.7, Monit.xml: interval, at most a day; it measures the processor in between).
    LookEvery "a time of 5s to 1d" "120s" 5 86_400;
    /// How often a published list is read again; whoever publishes it counts who asks.
    ReadEvery "a time of 5m at least" "24h" 300 LONGEST;
    /// Silence after which WireGuard says something (OPNsense core 26.7, Wireguard/Client.xml: keepalive, 1 to 65535).
    KeepAlive "a time of 1s to 65535s" "25s" 1 65_535;
    /// How often a backup is made.
    BackupEvery "a time of 15m to 30d" "24h" 900 2_592_000;
    /// How long an answer is waited for: whoever logs in waits as long.
    Patience "a time of 1s to 5m" "5s" 1 300;
}
