//! The address of a service, as people type it; some services have several.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

/// One address of a service. Always one that a password may be sent to: by TLS, or within this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Url);

/// Why that is no address of a service, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It can't be read.
    #[error("“{0}” is no address of a service. Write it like this: presence.example.com")]
    Unreadable(String),
    /// It would send the password in the clear.
    #[error("http://{0} would send your password in the clear, for everybody on the way to read. Use https://{0}")]
    InTheClear(String),
    /// It holds a name or password.
    #[error("An address must not hold a name or a password: write {0}; you are asked for both")]
    Credentials(String),
}

/// Where one service is: an address, or several to be tried one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses(Vec<Address>);

impl Addresses {
    /// The first of them, by which what belongs to the service is named here.
    pub fn main(&self) -> &Address {
        &self.0[0]
    }

    pub(crate) fn all(&self) -> &[Address] {
        &self.0
    }
}

impl From<Address> for Addresses {
    fn from(address: Address) -> Self {
        Self(vec![address])
    }
}

impl FromStr for Addresses {
    type Err = AddressError;

    /// Separated by blanks or commas.
    fn from_str(typed: &str) -> Result<Self, AddressError> {
        let each = typed.split(|c: char| c == ',' || c.is_whitespace()).filter(|one| !one.is_empty());
        let all: Vec<_> = each.map(str::parse).collect::<Result<_, _>>()?;
        if all.is_empty() { Err(AddressError::Unreadable(typed.trim().to_owned())) } else { Ok(Self(all)) }
    }
}

impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, address) in self.0.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { "," })?;
            address.fmt(f)?;
        }
        Ok(())
    }
}

impl Address {
    /// The address of a path of the service's interface.
    pub(crate) fn of(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url
    }

    /// What lies here under the same path as there under another address of the same service.
    pub(crate) fn instead_of(&self, other: &Self, there: &Url) -> Url {
        let path = there.path().strip_prefix(other.0.path().trim_end_matches('/')).unwrap_or(there.path());
        let mut url = self.of(path);
        url.set_query(there.query());
        url
    }

    /// Whether it is on this machine.
    pub(crate) fn is_here(&self) -> bool {
        is_loopback(&self.0)
    }

    /// How people know it: without what goes without saying.
    pub(crate) fn name(&self) -> &str {
        let shown = self.0.as_str();
        shown.strip_prefix("https://").unwrap_or(shown).trim_end_matches('/')
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(typed: &str) -> Result<Self, AddressError> {
        let typed = typed.trim();
        let unreadable = || AddressError::Unreadable(typed.to_owned());
        if typed.is_empty() || typed.contains(char::is_whitespace) {
            return Err(unreadable());
        }
        let with_scheme = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
        let mut url = Url::parse(&with_scheme).map_err(|_| unreadable())?;
        if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
            return Err(unreadable());
        }
        url.set_query(None);
        url.set_fragment(None);
        if !url.username().is_empty() || url.password().is_some() {
            let _ = url.set_username("");
            let _ = url.set_password(None);
            return Err(AddressError::Credentials(Self(url).name().to_owned()));
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        if url.scheme() == "http" && !is_loopback(&url) {
            let rest = url.as_str().trim_start_matches("http://").trim_end_matches('/').to_owned();
            return Err(AddressError::InTheClear(rest));
        }
        Ok(Self(url))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    ip.map_or(host == "localhost" || host.ends_with(".localhost"), |ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> String {
        typed.parse::<Address>().map_or_else(|error| error.to_string(), |address| address.to_string())
    }

    #[test]
    fn an_address_may_be_typed_in_many_ways() {
        for typed in
            ["presence.example", " presence.example/ ", "https://presence.example", "HTTPS://Presence.Example/"]
        {
            assert_eq!(read(typed), "https://presence.example", "{typed}");
        }
        assert_eq!(read("presence.example:8443/halo/?x=1#y"), "https://presence.example:8443/halo");
        assert_eq!(read("https://münchen.example"), "https://xn--mnchen-3ya.example");
        let address: Address = "presence.example/halo/".parse().unwrap();
        assert_eq!(address.of("/v1/me").as_str(), "https://presence.example/halo/v1/me");
        assert_eq!(address.name(), "presence.example/halo");
    }

    #[test]
    fn a_service_may_have_several_addresses() {
        let several = |typed: &str| typed.parse::<Addresses>().map(|addresses| addresses.to_string());
        let both = "https://a.example/halo,https://b.example:8443";
        for typed in ["a.example/halo b.example:8443", " a.example/halo/, b.example:8443 ,", both] {
            assert_eq!(several(typed).as_deref(), Ok(both), "{typed}");
        }
        assert_eq!(several("presence.example").as_deref(), Ok("https://presence.example"));
        assert_eq!(several(" , "), Err(AddressError::Unreadable(",".to_owned())));
        assert!(matches!(several("a.example, http://b.example"), Err(AddressError::InTheClear(_))));
        let addresses: Addresses = both.parse().unwrap();
        let [a, b] = addresses.all() else { panic!("{addresses}") };
        let people = Url::parse("https://a.example/halo/v1/people?search=a%2Fb").unwrap();
        assert_eq!(b.instead_of(a, &people).as_str(), "https://b.example:8443/v1/people?search=a%2Fb");
        let people = Url::parse("https://b.example:8443/v1/people/a%20b/favourite").unwrap();
        assert_eq!(a.instead_of(b, &people).as_str(), "https://a.example/halo/v1/people/a%20b/favourite");
    }

    #[test]
    fn a_password_is_never_sent_in_the_clear() {
        for typed in ["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"] {
            assert_eq!(read(typed), typed);
        }
        assert!(read("http://presence.example/x").starts_with("http://presence.example/x would send your password"));
        assert!(read("http://localhost.example").contains("in the clear"));
        assert!(read("http://127.0.0.1.example").contains("in the clear"));
    }

    #[test]
    fn what_is_no_address_is_refused_in_words() {
        for typed in ["", "   ", "ftp://presence.example", "a b", "https://", "file:///etc/passwd"] {
            assert!(read(typed).contains("is no address of a service"), "{typed}: {}", read(typed));
        }
        assert!(read("ann:secret@presence.example").contains("write presence.example;"));
    }
}
