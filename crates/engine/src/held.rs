//! Notifications that wait (D09). They survive a crash, and go when the person clears them.

use log::{LogError, Outcome};
use presence::{Timestamp, one_line};
use protocol::service::Hold;
use protocol::{HeldAs, HeldItem, Notice};
use roster::{Holding, Keeper, PersonId};

use crate::Engine;
use crate::write_key::{Once, WriteKey};

/// So many notifications of one person are kept.
const MOST_HELD: usize = 500;

impl<K: Keeper> Engine<K> {
    /// Keeps notifications in one, those of which that was not done before under the same key; what became of each.
    pub fn hold_once(
        &mut self,
        person: PersonId,
        wanted: &[(WriteKey<'_>, &Hold)],
        at: Timestamp,
    ) -> Result<Vec<Once>, LogError> {
        let holding = |(key, hold): &(WriteKey<'_>, &Hold)| {
            // What comes is never of the future, whatever the device's clock says.
            let came = hold.at.unwrap_or(at).min(at);
            Holding { key: Some(key.of_log()), item: item(&hold.notice, hold.held_as, came) }
        };
        let wanted: Vec<_> = wanted.iter().map(holding).collect();
        let outcomes = self.keeper.hold(person, &wanted, self.state(person).seq(), MOST_HELD, at)?;
        let once = |outcome| match outcome {
            Outcome::Kept(_) | Outcome::Conflict(_) => Once::Now(Vec::new()),
            Outcome::Before(seq) => Once::Before(seq),
            Outcome::OtherThing => Once::OtherThing,
        };
        Ok(outcomes.into_iter().map(once).collect())
    }

    /// Keeps a notification.
    pub fn hold(&mut self, person: PersonId, notice: &Notice, held_as: HeldAs, at: Timestamp) -> Result<(), LogError> {
        let holding = Holding { key: None, item: item(notice, held_as, at) };
        self.keeper.hold(person, &[holding], self.state(person).seq(), MOST_HELD, at).map(drop)
    }

    /// What is held, the oldest first.
    pub fn held(&self, person: PersonId) -> Result<Vec<HeldItem>, LogError> {
        self.keeper.held(person)
    }

    /// A digest has told of what is held up to this number.
    pub fn mark_told(&mut self, person: PersonId, up_to: u64) -> Result<(), LogError> {
        self.keeper.mark_told(person, up_to)
    }

    /// Forgets what is held up to this number; how many that were.
    pub fn clear_held(&mut self, person: PersonId, up_to: u64) -> Result<usize, LogError> {
        self.keeper.clear_held(person, up_to)
    }

    /// Forgets one of the held; whether it was there.
    pub fn forget_held(&mut self, person: PersonId, id: u64) -> Result<bool, LogError> {
        self.keeper.forget_held(person, id)
    }
}

/// Whoever wrote it, it is one line of plain words from here on.
fn item(notice: &Notice, held_as: HeldAs, at: Timestamp) -> HeldItem {
    HeldItem {
        id: 0,
        at,
        kind: notice.kind,
        from: notice.from.as_deref().map(one_line).filter(|from| !from.is_empty()),
        text: one_line(&notice.text),
        urgent: notice.urgent,
        held_as,
        told: false,
        open: notice.open.clone(),
    }
}
