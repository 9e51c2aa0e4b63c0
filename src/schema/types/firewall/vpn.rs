//! Values of the language for a firewall's VPNs; reads single values, decides nothing.

use super::*;

words! {
    /// What a VPN speaks.
    VpnKind {
        Wireguard = "wireguard" "WireGuard: a key for each peer",
        Openvpn = "openvpn" "OpenVPN: a certificate for each person",
    }
    /// What carries OpenVPN.
    VpnCarrier {
        Udp = "udp" "UDP",
        Tcp = "tcp" "TCP, where UDP does not come through; slower",
    }
    /// Whether whoever connects shows a certificate.
    ClientCertificate {
        Required = "required" "nobody comes in without one",
        None = "none" "a name and a password are enough",
    }
    /// A cipher of OpenVPN's data channel that also proves who sent it (OpenVPN 26.7 model: those of every checked release).
    VpnCipher {
        Aes128 = "aes-128-gcm" "AES with 128 bits",
        Aes256 = "aes-256-gcm" "AES with 256 bits",
        Chacha20 = "chacha20-poly1305" "ChaCha20: fast where a processor has no AES",
    }
}

integers! {
    /// The number of a VPN among those of its kind: WireGuard's device is `wg` and this, OpenVPN's `ovpns` and this.
    VpnNumber(u16) 1 255 "number";
    /// How many may be connected at a time.
    VpnClients(u32) 1 65535 "clients";
    /// The largest packet inside a VPN, in bytes (Wireguard/Server.xml 1.0.1: at most 9300).
    VpnMtu(u16) 576 9216 "bytes";
}

forms! {
    /// A public key of WireGuard: 32 bytes in base64 (wg(8)).
    WireguardKey "a public key of WireGuard" "Fp3G7yPwhlrZk1ew9zBe5M7yVg3CYb0vKkq2JrXJw0I=" |s| {
        if s.contains('…') || s.contains("...") { return Err("the key is cut short".into()); }
        let Some(body) = s.strip_suffix('=').filter(|b| b.len() == 43) else {
            return Err(format!("a key is 32 bytes: 43 characters of base64 and a `=`; this has {}", s.chars().count()));
        };
        if !body.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')) { return Err("the key is not base64".into()); }
        // 32 bytes leave two bits of the last character, and they are zero.
        if !body.ends_with(|c| "AEIMQUYcgkosw048".contains(c)) { return Err("the key does not end where 32 bytes end: a character is wrong".into()); }
        if body.bytes().all(|b| b == b'A') { return Err("it is nobody's key".into()); }
        Ok(())
    };
}
