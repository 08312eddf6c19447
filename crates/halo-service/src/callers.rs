//! Callers: from which addresses requests come, and how many connections each has.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;

use crate::networks::Network;

/// So many connections one address may have that are not yet a device's stream: enough for an office behind one
/// address, and few enough that no address takes all there are.
const MOST_CONNECTIONS: usize = 256;

/// Who calls from where.
#[derive(Debug, Default)]
pub struct Callers {
    trusted: Vec<Network>,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection that counts as long as this is kept.
#[derive(Debug)]
pub struct Place {
    counted: Option<(Arc<Callers>, IpAddr)>,
}

impl Callers {
    /// Of whom these are proxies: what they say of their callers is believed.
    pub fn new(trusted: Vec<Network>) -> Self {
        Self { trusted, open: Mutex::default() }
    }

    /// A further connection from an address, unless that has too many already. A proxy has as many as it needs.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        if self.is_trusted(address) {
            return Some(Place { counted: None });
        }
        let address = site(address);
        let mut open = self.open();
        let count = open.entry(address).or_default();
        if *count >= MOST_CONNECTIONS {
            return None;
        }
        *count += 1;
        Some(Place { counted: Some((Arc::clone(self), address)) })
    }

    /// Whose request it is: the address that connected, or the one for which a proxy of ours asks.
    ///
    /// Each proxy adds the address it was called from at the end, so that what stands before the last untrusted one may
    /// have been made up.
    pub fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.is_trusted(peer) {
            return peer;
        }
        let mut named = Vec::new();
        for value in headers.get_all("x-forwarded-for") {
            named.extend(value.to_str().unwrap_or_default().split(',').map(|address| address.trim().to_owned()));
        }
        let mut caller = peer;
        for address in named.iter().rev() {
            let Some(address) = without_port(address) else { break };
            caller = address;
            if !self.is_trusted(caller) {
                break;
            }
        }
        caller
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.holds(address))
    }

    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((callers, address)) = self.counted.take() else { return };
        let mut open = callers.open();
        if let Some(count) = open.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&address);
            }
        }
    }
}

/// What counts as one caller: an address, or the whole network that one IPv6 subscriber has.
pub fn site(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
        address @ IpAddr::V4(_) => address,
    }
}

fn without_port(named: &str) -> Option<IpAddr> {
    let address = named.parse().ok();
    address.or_else(|| named.parse().ok().map(|address: std::net::SocketAddr| address.ip()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn behind(proxies: &[&str]) -> Arc<Callers> {
        Arc::new(Callers::new(proxies.iter().map(|network| network.parse().unwrap()).collect()))
    }

    fn asked_for(callers: &Callers, peer: &str, named: &[&str]) -> IpAddr {
        let mut headers = HeaderMap::new();
        for value in named {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        callers.caller(ip(peer), &headers)
    }

    #[test]
    fn what_a_stranger_says_of_where_they_are_is_not_believed() {
        assert_eq!(asked_for(&behind(&[]), "127.0.0.1", &["192.0.2.7"]), ip("127.0.0.1"));
        assert_eq!(asked_for(&behind(&["10.0.0.1"]), "192.0.2.9", &["192.0.2.7"]), ip("192.0.2.9"));
    }

    #[test]
    fn a_proxys_word_is_believed_and_what_its_caller_made_up_is_not() {
        let callers = behind(&["127.0.0.1", "10.0.0.0/8", "fd00::/8"]);
        assert_eq!(asked_for(&callers, "127.0.0.1", &["192.0.2.7"]), ip("192.0.2.7"));
        assert_eq!(asked_for(&callers, "127.0.0.1", &["203.0.113.1, 192.0.2.7, 10.1.2.3"]), ip("192.0.2.7"));
        assert_eq!(asked_for(&callers, "127.0.0.1", &["203.0.113.1", "192.0.2.7:4711"]), ip("192.0.2.7"));
        assert_eq!(asked_for(&callers, "::ffff:10.0.0.9", &["2001:db8::7"]), ip("2001:db8::7"));
        assert_eq!(asked_for(&callers, "127.0.0.1", &["nonsense"]), ip("127.0.0.1"));
        assert_eq!(asked_for(&callers, "127.0.0.1", &[]), ip("127.0.0.1"));
    }

    #[test]
    fn one_address_has_so_many_connections_and_a_proxy_as_many_as_it_needs() {
        let callers = behind(&["127.0.0.1"]);
        let mut places: Vec<_> = (0..MOST_CONNECTIONS).map(|_| callers.admit(ip("192.0.2.7")).unwrap()).collect();
        assert!(callers.admit(ip("192.0.2.7")).is_none());
        assert!(callers.admit(ip("192.0.2.8")).is_some());
        places.pop();
        assert!(callers.admit(ip("192.0.2.7")).is_some());
        drop(places);
        assert!(callers.open().is_empty());
        let proxied: Vec<_> = (0..=MOST_CONNECTIONS).filter_map(|_| callers.admit(ip("127.0.0.1"))).collect();
        assert_eq!(proxied.len(), MOST_CONNECTIONS + 1);
    }

    #[test]
    fn all_addresses_of_one_ipv6_subscriber_are_one() {
        assert_eq!(site(ip("2001:db8:1:2:3:4:5:6")), site(ip("2001:db8:1:2:9::")));
        assert_ne!(site(ip("2001:db8:1:2::1")), site(ip("2001:db8:1:3::1")));
        assert_eq!(site(ip("::ffff:192.0.2.7")), ip("192.0.2.7"));
    }
}
