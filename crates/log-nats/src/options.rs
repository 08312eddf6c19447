//! Where the log is, and how long to wait for it.

use std::time::Duration;

use async_nats::ServerAddr;
use log::LogError;
use secrecy::SecretString;

use crate::fault::Place;

/// Where the log is, and how long to wait for it.
#[derive(Debug, Clone)]
pub struct Options {
    /// The servers of one cluster, by commas: `nats://host:4222`, or `tls://host`.
    pub servers: String,
    /// A name and its password, if the servers want one.
    pub login: Option<(String, SecretString)>,
    /// The name of its stream: of A-Z, a-z, 0-9, dash and underscore. Two logs on one server differ in more than case.
    pub stream: String,
    /// On how many servers each entry is kept, where the streams aren't there yet: 1, 3 or 5.
    pub replicas: usize,
    /// The time that a call may take.
    pub limit: Duration,
}

impl Options {
    /// The log `HALO` on these servers: on one of them, with five seconds for each call.
    pub fn new(servers: &str) -> Self {
        Self {
            servers: servers.to_owned(),
            login: None,
            stream: "HALO".to_owned(),
            replicas: 1,
            limit: Duration::from_secs(5),
        }
    }

    /// The servers as addresses, and what to call them where a person reads it.
    ///
    /// # Errors
    ///
    /// If an address is none or has a password in it, or if the stream's name can't be one.
    pub(crate) fn addresses(&self) -> Result<(Vec<ServerAddr>, Place), LogError> {
        let unnamed = Place::new(&self.stream, "a server");
        let is_sign = |sign: char| sign.is_ascii_alphanumeric() || sign == '-' || sign == '_';
        if self.stream.is_empty() || !self.stream.chars().all(is_sign) {
            return Err(unnamed.other("a stream's name is of A-Z, a-z, 0-9, dash and underscore"));
        }
        let address = |text: &str| text.trim().parse::<ServerAddr>();
        let addresses: Vec<_> = self.servers.split(',').map(address).collect::<Result<_, _>>().map_err(|_| {
            unnamed
                .other("an address of its servers is none: write nats://host:4222 or tls://host:4222, more by commas")
        })?;
        if addresses.iter().any(ServerAddr::has_user_pass) {
            return Err(unnamed.other("an address has a name in it: that and its password are options of their own"));
        }
        let name = |address: &ServerAddr| format!("{}://{}:{}", address.scheme(), address.host(), address.port());
        let names: Vec<_> = addresses.iter().map(name).collect();
        Ok((addresses, Place::new(&self.stream, &names.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_every_server() {
        let (addresses, place) = Options::new("nats://one, tls://two:4333").addresses().unwrap();
        assert_eq!(addresses.len(), 2);
        assert_eq!(place.to_string(), "HALO on nats://one:4222, tls://two:4333");
    }

    #[test]
    fn what_is_no_address_or_no_name_is_refused_without_showing_it() {
        for servers in ["nats://halo:secret@on e", "nats://halo:secret@one"] {
            let refused = Options::new(servers).addresses().map(drop).unwrap_err().to_string();
            assert!(refused.contains("an address") && !refused.contains("secret"), "{refused}");
        }
        let options = Options { stream: "H.A".into(), ..Options::new("nats://one") };
        assert!(options.addresses().map(drop).unwrap_err().to_string().contains("a stream's name"));
    }
}
