//! Who follows whom.

use log::LogError;

use crate::PersonId;

/// How a person follows another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Following {
    /// Who.
    pub viewer: PersonId,
    /// Whom.
    pub other: PersonId,
    /// Among the favourites.
    pub favourite: bool,
    /// To be told of once, when they are free.
    pub tell_when_free: bool,
}

/// Who follows whom.
pub trait Follows {
    /// All that is followed in any way.
    fn follows(&self) -> Result<Vec<Following>, LogError>;

    /// Follows somebody in this way, or in none.
    fn set_following(&mut self, following: Following) -> Result<(), LogError>;
}
