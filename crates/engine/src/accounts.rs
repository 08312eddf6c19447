//! Accounts: who there is, what they may do, and the passwords that they sign in by.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use log::LogError;
use presence::{Policy, Timestamp};
use protocol::Secret;
use protocol::service::{Person, Role};
use roster::{Keeper, PersonId, Seat};

use crate::askable::line;
use crate::devices::random;
use crate::directory::Directory;
use crate::entries::subject;
use crate::{Engine, NotAskable};

/// The longest label and the longest name of a group, in characters.
const LONGEST_LABEL: usize = 100;

/// The shortest password that is taken, in characters.
pub const SHORTEST_PASSWORD: usize = 8;

/// The longest one, in bytes: hashing more would be work for nothing.
pub const LONGEST_PASSWORD: usize = 1000;

/// Why an account can't be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A name that can't be one.
    #[error(
        "“{0}” can't be a name: use 1 to 64 of a-z, 0-9, dot, dash, underscore and @, and begin with a letter, digit or underscore"
    )]
    Name(String),
    /// A password that is too short, or longer than a sign-in may be.
    #[error(
        "the password is too short or too long: use {SHORTEST_PASSWORD} characters at least, and {LONGEST_PASSWORD} bytes at most"
    )]
    Password,
    /// Somebody has that name.
    #[error("“{0}” exists already: “user set {0}” changes that account, “user password {0}” gives it another password")]
    Taken(String),
    /// Nobody has that name.
    #[error("no one is named “{0}”: halo-service user list shows everybody")]
    Nobody(String),
    /// A label or a group that isn't one clean line.
    #[error(transparent)]
    Words(#[from] NotAskable),
    /// No random numbers, or no memory for the hash.
    #[error("the password can't be hashed: {0}")]
    Hash(String),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// What is to be another in an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// What they may do.
    pub role: Option<Role>,
    /// What others call them.
    pub label: Option<String>,
    /// Their team, or that they are in none.
    pub group: Option<Option<String>>,
}

/// The hash of a password.
#[derive(Debug, Clone)]
pub struct Hashed(String);

impl Hashed {
    /// Hashes a password by argon2id. Takes tens of milliseconds and 19 MiB, on purpose.
    pub fn of(password: &Secret) -> Result<Self, AccountError> {
        if password.expose().chars().count() < SHORTEST_PASSWORD || password.expose().len() > LONGEST_PASSWORD {
            return Err(AccountError::Password);
        }
        let hashed: Result<PasswordHash, _> = Argon2::default().hash_password(password.expose().as_bytes());
        hashed.map(|hash| Self(hash.to_string())).map_err(|error| AccountError::Hash(error.to_string()))
    }

    /// Whether a password is the one. As slow as hashing.
    pub fn is_of(&self, password: &Secret) -> bool {
        PasswordHash::new(&self.0)
            .is_ok_and(|hash| Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok())
    }
}

impl<K: Keeper> Engine<K> {
    /// Takes up what is kept of people's accounts only, beside a service that runs: nobody's log is looked at.
    ///
    /// # Errors
    ///
    /// If it can't be read.
    pub fn of_accounts(keeper: K, policy: Policy) -> Result<Self, LogError> {
        let directory = Directory::read(&keeper)?;
        Ok(Self::with(keeper, policy, directory))
    }

    /// Adds a person.
    pub fn add_person(&mut self, person: &Person, password: &Hashed, now: Timestamp) -> Result<PersonId, AccountError> {
        check_name(&person.name)?;
        check_words(person)?;
        let id = PersonId::new(now.as_millisecond().unsigned_abs(), random());
        if !self.keeper.add_person(id, person, &password.0)? {
            return Err(AccountError::Taken(person.name.clone()));
        }
        self.directory.put(id, person.clone());
        self.load_if_new(id)?;
        Ok(id)
    }

    /// Gives a person another password, and signs all their devices out.
    pub fn set_password(&mut self, name: &str, password: &Hashed) -> Result<(), AccountError> {
        let (person, _) = self.find(name).ok_or_else(|| AccountError::Nobody(name.to_owned()))?;
        Ok(self.keeper.set_password(person, &password.0)?)
    }

    /// Changes what is set of an account; the rest stays. A service that runs takes it up at once.
    pub fn change_person(&mut self, name: &str, change: &AccountChange) -> Result<Person, AccountError> {
        let (id, mut person) = self.find(name).ok_or_else(|| AccountError::Nobody(name.to_owned()))?;
        person.role = change.role.unwrap_or(person.role);
        person.label = change.label.clone().unwrap_or(person.label);
        person.group = change.group.clone().unwrap_or(person.group);
        check_words(&person)?;
        self.keeper.change_person(id, &person)?;
        self.directory.put(id, person.clone());
        Ok(person)
    }

    /// Removes a person, with all that is kept of them.
    pub fn remove_person(&mut self, name: &str) -> Result<(), AccountError> {
        let (person, _) = self.find(name).ok_or_else(|| AccountError::Nobody(name.to_owned()))?;
        self.forget_person(person);
        // First what is theirs: whoever ends this program in between can do it again.
        self.keeper.remove(&subject(person))?;
        self.keeper.remove_person(person, name)?;
        self.directory.remove(person);
        Ok(())
    }

    /// Who followed somebody that an administrator removed, by the name of whoever is gone. Told once.
    pub fn take_departed(&mut self) -> Result<Vec<(PersonId, String)>, LogError> {
        self.keeper.take_departed()
    }

    /// The devices whose sign-ins an administrator ended. Told once.
    pub fn take_ended(&mut self) -> Result<Vec<Seat>, LogError> {
        self.keeper.take_ended()
    }

    /// Everybody, by name.
    pub fn everybody(&self) -> Vec<(PersonId, Person)> {
        let mut all: Vec<_> = self.directory.everybody().map(|(id, person)| (id, person.clone())).collect();
        all.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        all
    }

    /// The person of a name.
    pub fn find(&self, name: &str) -> Option<(PersonId, Person)> {
        let id = self.directory.id(name)?;
        Some((id, self.directory.person(id)?.clone()))
    }

    /// A person.
    pub fn person(&self, person: PersonId) -> Option<&Person> {
        self.directory.person(person)
    }

    /// Who signs in by a name, and the hash of their password.
    pub fn credentials(&self, name: &str) -> Result<Option<(PersonId, Hashed)>, LogError> {
        let Some(id) = self.directory.id(name) else { return Ok(None) };
        Ok(self.keeper.password(id)?.map(|hash| (id, Hashed(hash))))
    }
}

/// The label and the group, for others to read.
fn check_words(person: &Person) -> Result<(), NotAskable> {
    line("the label", &person.label, LONGEST_LABEL)?;
    person.group.as_ref().map_or(Ok(()), |group| line("the group", group, LONGEST_LABEL))
}

/// Whether somebody can be called so.
pub fn check_name(name: &str) -> Result<(), AccountError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_@".contains(c);
    // A dash at its beginning would be taken for an option; marks alone are no name.
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if (1..=64).contains(&name.len()) && begins && name.chars().all(fits) {
        Ok(())
    } else {
        Err(AccountError::Name(name.to_owned()))
    }
}
