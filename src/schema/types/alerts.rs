//! Values of the language for alerts; reads single values, decides nothing.

use super::*;

integers! {
    /// Packets a second.
    PacketRate(u32) 1 1000000000 "packets a second";
}
