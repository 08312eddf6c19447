//! Networks: addresses that begin alike, as a configuration names them.

use std::net::IpAddr;
use std::str::FromStr;

/// An address, or all that share its first bits: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    /// So many bits are the same.
    bits: u32,
}

impl Network {
    /// Whether an address is one of them.
    pub fn holds(&self, address: IpAddr) -> bool {
        let differing = match (self.address, address.to_canonical()) {
            (IpAddr::V4(mine), IpAddr::V4(other)) => (mine.to_bits() ^ other.to_bits()).leading_zeros(),
            (IpAddr::V6(mine), IpAddr::V6(other)) => (mine.to_bits() ^ other.to_bits()).leading_zeros(),
            _ => return false,
        };
        differing >= self.bits
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("“{text}” is neither an address nor a network such as 10.0.0.0/8");
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address = address.parse::<IpAddr>().map_err(|_| refused())?.to_canonical();
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(all), |bits| bits.parse().map_err(|_| refused()))?;
        if bits > all { Err(refused()) } else { Ok(Self { address, bits }) }
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_what_begins_as_it_does() {
        let network: Network = "10.128.0.0/9".parse().unwrap();
        assert!(network.holds("10.200.1.1".parse().unwrap()));
        assert!(network.holds("::ffff:10.200.1.1".parse().unwrap()));
        assert!(!network.holds("10.1.1.1".parse().unwrap()));
        assert!(!network.holds("fd00::1".parse().unwrap()));
        let everybody: Network = "0.0.0.0/0".parse().unwrap();
        assert!(everybody.holds("192.0.2.1".parse().unwrap()));
        let one: Network = "fd00::1".parse().unwrap();
        assert!(one.holds("fd00::1".parse().unwrap()) && !one.holds("fd00::2".parse().unwrap()));
        for text in ["", "10.0.0.0/33", "10.0.0.0/x", "proxy.example", "10.0.0.0/8/8"] {
            assert!(text.parse::<Network>().unwrap_err().contains("10.0.0.0/8"), "{text}");
        }
    }
}
