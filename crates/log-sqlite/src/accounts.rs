//! Accounts.

use log::LogError;
use presence::one_line;
use protocol::service::{Person, Role};
use roster::{Accounts, PersonId, Seat};
use rusqlite::{OptionalExtension, Row, params};

use crate::rows::{id, seat};
use crate::sqlite::Sqlite;

impl Sqlite {
    /// The name is nobody's business but the person's own; a team's persons are added by an administrator.
    pub(crate) fn add_the_only_person(&self) -> rusqlite::Result<()> {
        let add = "INSERT OR IGNORE INTO persons (id, name) VALUES (?1, 'me')";
        self.db.execute(add, [PersonId::LOCAL.to_bytes()]).map(drop)
    }

    fn take_all<T>(
        &mut self,
        select: &str,
        delete: &str,
        row: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, LogError> {
        let take = || {
            let found = self.db.prepare_cached(select)?.query_map([], row)?.collect::<rusqlite::Result<Vec<_>>>()?;
            if !found.is_empty() {
                self.db.execute(delete, [])?;
            }
            Ok(found)
        };
        let taken = take();
        self.said(taken)
    }
}

impl Accounts for Sqlite {
    fn everybody(&self) -> Result<Vec<(PersonId, Person)>, LogError> {
        let read = || {
            let mut all = self.db.prepare_cached("SELECT id, name, label, role, team FROM persons")?;
            all.query_map([], person)?.collect::<rusqlite::Result<Vec<_>>>()
        };
        let everybody = self.said(read())?;
        self.persons.set(everybody.len());
        Ok(everybody)
    }

    fn password(&self, person: PersonId) -> Result<Option<String>, LogError> {
        let read = || {
            let password = "SELECT password FROM persons WHERE id = ?1 AND password IS NOT NULL";
            self.db.prepare_cached(password)?.query_row([person.to_bytes()], |row| row.get(0)).optional()
        };
        self.said(read())
    }

    fn add_person(&mut self, id: PersonId, person: &Person, password: &str) -> Result<bool, LogError> {
        let added = self.db.execute(
            "INSERT INTO persons (id, name, label, role, team, password) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                ON CONFLICT (name) DO NOTHING",
            params![id.to_bytes(), person.name, person.label, role_name(person.role), person.group, password],
        );
        let added = self.said(added)?;
        self.persons.update(|persons| persons + added);
        Ok(added == 1)
    }

    fn change_person(&mut self, id: PersonId, person: &Person) -> Result<(), LogError> {
        let changed = self.db.execute(
            "UPDATE persons SET label = ?2, role = ?3, team = ?4 WHERE id = ?1",
            params![id.to_bytes(), person.label, role_name(person.role), person.group],
        );
        self.said(changed.map(drop))
    }

    fn set_password(&mut self, id: PersonId, password: &str) -> Result<(), LogError> {
        let id = id.to_bytes();
        self.in_one(|db| {
            db.execute("UPDATE persons SET password = ?2 WHERE id = ?1", params![id, password])?;
            let ended = "INSERT OR IGNORE INTO ended (device, person) SELECT id, person FROM devices WHERE person = ?1";
            db.execute(ended, [id])?;
            db.execute("DELETE FROM tokens WHERE device IN (SELECT id FROM devices WHERE person = ?1)", [id])?;
            Ok(())
        })
    }

    fn remove_person(&mut self, id: PersonId, name: &str) -> Result<(), LogError> {
        let id = id.to_bytes();
        self.in_one(|db| {
            for table in ["projections", "intervals", "corrections", "held"] {
                db.execute(&format!("DELETE FROM {table} WHERE person = ?1"), [id])?;
            }
            let departed =
                "INSERT OR IGNORE INTO departed (follower, name) SELECT person, ?2 FROM follows WHERE other = ?1";
            db.execute(departed, params![id, name])?;
            db.execute("DELETE FROM persons WHERE id = ?1", [id])?;
            Ok(())
        })?;
        self.persons.update(|persons| persons.saturating_sub(1));
        Ok(())
    }

    fn take_departed(&mut self) -> Result<Vec<(PersonId, String)>, LogError> {
        let row = |row: &Row<'_>| Ok((id(row, 0)?, row.get(1)?));
        self.take_all("SELECT follower, name FROM departed", "DELETE FROM departed", row)
    }

    fn take_ended(&mut self) -> Result<Vec<Seat>, LogError> {
        self.take_all("SELECT person, device FROM ended", "DELETE FROM ended", |row| seat(row, 0))
    }
}

fn person(row: &Row<'_>) -> rusqlite::Result<(PersonId, Person)> {
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
    Ok((id(row, 0)?, person))
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Agent => "agent",
        Role::Supervisor => "supervisor",
        Role::Administrator => "administrator",
    }
}
