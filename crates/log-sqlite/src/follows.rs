//! Who follows whom.

use log::LogError;
use roster::{Following, Follows};
use rusqlite::params;

use crate::Sqlite;
use crate::accounts::id;

impl Follows for Sqlite {
    fn follows(&self) -> Result<Vec<Following>, LogError> {
        let read = || {
            let all = "SELECT person, other, favourite, tell_when_free FROM follows WHERE favourite OR tell_when_free";
            let following = |row: &rusqlite::Row<'_>| {
                Ok(Following {
                    viewer: id(row, 0)?,
                    other: id(row, 1)?,
                    favourite: row.get(2)?,
                    tell_when_free: row.get(3)?,
                })
            };
            self.db.prepare_cached(all)?.query_map([], following)?.collect::<rusqlite::Result<Vec<_>>>()
        };
        self.said(read())
    }

    fn set_following(&mut self, following: Following) -> Result<(), LogError> {
        let Following { viewer, other, favourite, tell_when_free } = following;
        let (viewer, other) = (viewer.to_bytes(), other.to_bytes());
        let followed = if favourite || tell_when_free {
            let follow =
                "INSERT OR REPLACE INTO follows (person, other, favourite, tell_when_free) VALUES (?1, ?2, ?3, ?4)";
            self.db.execute(follow, params![viewer, other, favourite, tell_when_free])
        } else {
            self.db.execute("DELETE FROM follows WHERE person = ?1 AND other = ?2", params![viewer, other])
        };
        self.said(followed.map(drop))
    }
}
