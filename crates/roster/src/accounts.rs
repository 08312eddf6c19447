//! Accounts: who there is.

use log::LogError;
use protocol::service::Person;

use crate::{PersonId, Seat};

/// Who there is, and the hashes of their passwords.
pub trait Accounts {
    /// Everybody.
    fn everybody(&self) -> Result<Vec<(PersonId, Person)>, LogError>;

    /// The hash of a person's password (argon2id, as a PHC string); `None` if they have none.
    fn password(&self, person: PersonId) -> Result<Option<String>, LogError>;

    /// Adds a person; whether nobody had that name.
    fn add_person(&mut self, id: PersonId, person: &Person, password: &str) -> Result<bool, LogError>;

    /// Changes the label, the role and the group of a person.
    fn change_person(&mut self, id: PersonId, person: &Person) -> Result<(), LogError>;

    /// Gives a person another password, and ends all their sign-ins.
    fn set_password(&mut self, id: PersonId, password: &str) -> Result<(), LogError>;

    /// Removes a person with all that is kept of them beside the log, and notes it for whoever followed them.
    fn remove_person(&mut self, id: PersonId, name: &str) -> Result<(), LogError>;

    /// Who followed somebody that was removed, by the name of whoever is gone. Told once.
    fn take_departed(&mut self) -> Result<Vec<(PersonId, String)>, LogError>;

    /// The devices whose sign-ins were ended with a password. Told once.
    fn take_ended(&mut self) -> Result<Vec<Seat>, LogError>;
}
