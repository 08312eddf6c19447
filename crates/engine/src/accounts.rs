//! Accounts: who there is, what they may do, and the passwords that they sign in by.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use presence::one_line;
use protocol::Secret;
use protocol::service::{Person, Role};
use rusqlite::{OptionalExtension, Row, params};

use crate::askable::line;
use crate::{Engine, EngineError, NotAskable, PersonId, Seat};

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
    Engine(#[from] EngineError),
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

impl Engine {
    /// Adds a person.
    pub fn add_person(&mut self, person: &Person, password: &Hashed) -> Result<PersonId, AccountError> {
        check_name(&person.name)?;
        check_words(person)?;
        let mut add = || {
            let transaction = self.db.transaction()?;
            let number = "UPDATE numbers SET last_person = last_person + 1 RETURNING last_person";
            let number: i64 = transaction.query_row(number, [], |row| row.get(0))?;
            let added = transaction.execute(
                "INSERT INTO persons (id, name, label, role, team, password) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                    ON CONFLICT (name) DO NOTHING",
                params![number, person.name, person.label, role_name(person.role), person.group, password.0],
            )?;
            transaction.commit()?;
            Ok((added == 1).then_some(PersonId(number)))
        };
        let added = add().map_err(|error| EngineError::of(&error, self.path()))?;
        added.ok_or_else(|| AccountError::Taken(person.name.clone()))
    }

    /// Gives a person another password, and signs all their devices out.
    pub fn set_password(&mut self, name: &str, password: &Hashed) -> Result<(), AccountError> {
        let (person, _) = self.find(name)?.ok_or_else(|| AccountError::Nobody(name.to_owned()))?;
        let change = || {
            let transaction = self.db.transaction()?;
            transaction.execute("UPDATE persons SET password = ?2 WHERE id = ?1", params![person.0, password.0])?;
            let ended = "INSERT OR IGNORE INTO ended (device, person) SELECT id, person FROM devices WHERE person = ?1";
            transaction.execute(ended, [person.0])?;
            transaction
                .execute("DELETE FROM tokens WHERE device IN (SELECT id FROM devices WHERE person = ?1)", [person.0])?;
            transaction.commit()
        };
        let mut change = change;
        change().map_err(|error| EngineError::of(&error, self.path()).into())
    }

    /// Changes what is set of an account; the rest stays. A service that runs takes it up at once.
    pub fn change_person(&mut self, name: &str, change: &AccountChange) -> Result<Person, AccountError> {
        let (id, mut person) = self.find(name)?.ok_or_else(|| AccountError::Nobody(name.to_owned()))?;
        person.role = change.role.unwrap_or(person.role);
        person.label = change.label.clone().unwrap_or(person.label);
        person.group = change.group.clone().unwrap_or(person.group);
        check_words(&person)?;
        let changed = self.db.execute(
            "UPDATE persons SET label = ?2, role = ?3, team = ?4 WHERE id = ?1",
            params![id.0, person.label, role_name(person.role), person.group],
        );
        changed.map_err(|error| EngineError::of(&error, self.path()))?;
        Ok(person)
    }

    /// Removes a person, with all that is kept of them.
    pub fn remove_person(&mut self, name: &str) -> Result<(), AccountError> {
        let (person, _) = self.find(name)?.ok_or_else(|| AccountError::Nobody(name.to_owned()))?;
        let mut remove = || {
            let transaction = self.db.transaction()?;
            for table in ["facts", "bases", "projections", "intervals", "corrections", "held", "writes"] {
                transaction.execute(&format!("DELETE FROM {table} WHERE person = ?1"), [person.0])?;
            }
            let departed =
                "INSERT OR IGNORE INTO departed (follower, name) SELECT person, ?2 FROM follows WHERE other = ?1";
            transaction.execute(departed, params![person.0, name])?;
            transaction.execute("DELETE FROM persons WHERE id = ?1", [person.0])?;
            transaction.commit()
        };
        remove().map_err(|error| EngineError::of(&error, self.path()))?;
        self.forget_person(person);
        Ok(())
    }

    /// Who followed somebody that an administrator removed, by the name of whoever is gone. Told once.
    pub fn take_departed(&mut self) -> Result<Vec<(PersonId, String)>, EngineError> {
        let row = |row: &Row<'_>| Ok((PersonId(row.get(0)?), row.get(1)?));
        self.take_all("SELECT follower, name FROM departed", "DELETE FROM departed", row)
    }

    /// The devices whose sign-ins an administrator ended. Told once.
    pub fn take_ended(&mut self) -> Result<Vec<Seat>, EngineError> {
        let row = |row: &Row<'_>| {
            let device: String = row.get(0)?;
            Ok(Seat { person: PersonId(row.get(1)?), device: device.as_str().into() })
        };
        self.take_all("SELECT device, person FROM ended", "DELETE FROM ended", row)
    }

    fn take_all<T>(
        &mut self,
        select: &str,
        delete: &str,
        row: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, EngineError> {
        let take = || {
            let found = self.db.prepare_cached(select)?.query_map([], row)?.collect::<rusqlite::Result<Vec<_>>>()?;
            if !found.is_empty() {
                self.db.execute(delete, [])?;
            }
            Ok(found)
        };
        take().map_err(|error| EngineError::of(&error, self.path()))
    }

    /// Everybody, by name.
    pub fn everybody(&self) -> Result<Vec<(PersonId, Person)>, EngineError> {
        let read = || {
            let mut all = self.db.prepare_cached("SELECT id, name, label, role, team FROM persons ORDER BY name")?;
            all.query_map([], person_of)?.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| EngineError::of(&error, self.path()))
    }

    /// The person of a name.
    pub fn find(&self, name: &str) -> Result<Option<(PersonId, Person)>, EngineError> {
        self.person_by("name = ?1", name)
    }

    /// A person.
    pub fn person(&self, person: PersonId) -> Result<Option<Person>, EngineError> {
        Ok(self.person_by("id = ?1", person.0)?.map(|(_, person)| person))
    }

    /// Who signs in by a name, and the hash of their password.
    pub fn credentials(&self, name: &str) -> Result<Option<(PersonId, Hashed)>, EngineError> {
        let read = || {
            self.db
                .prepare_cached("SELECT id, password FROM persons WHERE name = ?1 AND password IS NOT NULL")?
                .query_row([name], |row| Ok((PersonId(row.get(0)?), Hashed(row.get(1)?))))
                .optional()
        };
        read().map_err(|error| EngineError::of(&error, self.path()))
    }

    fn person_by(
        &self,
        condition: &str,
        value: impl rusqlite::ToSql,
    ) -> Result<Option<(PersonId, Person)>, EngineError> {
        let read = || {
            let query = format!("SELECT id, name, label, role, team FROM persons WHERE {condition}");
            self.db.prepare_cached(&query)?.query_row([value], person_of).optional()
        };
        read().map_err(|error| EngineError::of(&error, self.path()))
    }
}

fn person_of(row: &Row<'_>) -> rusqlite::Result<(PersonId, Person)> {
    let name: String = row.get(1)?;
    let label: Option<String> = row.get(2)?;
    let role: String = row.get(3)?;
    let role = match role.as_str() {
        "administrator" => Role::Administrator,
        "supervisor" => Role::Supervisor,
        _ => Role::Agent,
    };
    let group: Option<String> = row.get(4)?;
    // What an older service took is cleaned here: it stands in lists between other people's names.
    let clean = |text: Option<String>| text.map(|text| one_line(&text)).filter(|text| !text.is_empty());
    let person = Person { label: clean(label).unwrap_or_else(|| name.clone()), name, role, group: clean(group) };
    Ok((PersonId(row.get(0)?), person))
}

/// The label and the group, for others to read.
fn check_words(person: &Person) -> Result<(), NotAskable> {
    line("the label", &person.label, LONGEST_LABEL)?;
    person.group.as_ref().map_or(Ok(()), |group| line("the group", group, LONGEST_LABEL))
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Agent => "agent",
        Role::Supervisor => "supervisor",
        Role::Administrator => "administrator",
    }
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
