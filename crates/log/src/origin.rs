//! Origins: who or what caused an entry.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// Who or what caused an entry. Nothing recognises its own write by content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A person's device, by its id.
    Device(Box<str>),
    /// A person who acts on another: a supervisor, an administrator; by their id.
    Person(Box<str>),
    /// The router, which offers work.
    Router,
    /// A connector to another system, by its id.
    Spoke(Box<str>),
    /// The service itself: a lease that ended, a policy that was taken.
    Service,
    /// One that only a newer program knows: passed on as it is.
    Unknown(Box<str>),
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(id) => write!(out, "device:{id}"),
            Self::Person(id) => write!(out, "person:{id}"),
            Self::Router => out.write_str("router"),
            Self::Spoke(id) => write!(out, "spoke:{id}"),
            Self::Service => out.write_str("service"),
            Self::Unknown(text) => out.write_str(text),
        }
    }
}

impl FromStr for Origin {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.split_once(':') {
            Some(("device", id)) => Self::Device(id.into()),
            Some(("person", id)) => Self::Person(id.into()),
            Some(("spoke", id)) => Self::Spoke(id.into()),
            None if text == "router" => Self::Router,
            None if text == "service" => Self::Service,
            _ => Self::Unknown(text.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_origin_is_the_same_after_it_was_written_and_read() {
        let origins = [
            Origin::Device("4f:2".into()),
            Origin::Person("01JA".into()),
            Origin::Router,
            Origin::Spoke("teams".into()),
            Origin::Service,
            Origin::Unknown("oracle:delphi".into()),
        ];
        for origin in origins {
            assert_eq!(origin.to_string().parse(), Ok(origin));
        }
    }
}
