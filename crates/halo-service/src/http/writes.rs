//! Writes: the same for HTTP and for the stream.

use engine::{Follow, Moment, Once, Seat, WriteKey, askable, with_usual_end};
use protocol::service::{Hold, Write, Writing};
use protocol::{Change, Stamped, target};
use sha2::{Digest, Sha256};

use super::Fault;
use super::asking::LONGEST_KEY;
use crate::writer::Writer;

/// So many changes are recorded in one.
const MOST_CHANGES: usize = 100;

/// So many claims of a person's hold at once: calls, meetings, shifts.
const MOST_CLAIMS: usize = 50;

/// The longest name whom a notification is from, in characters.
const LONGEST_NAME: usize = 200;

/// The longest text of a notification, in characters.
const LONGEST_TEXT: usize = 1000;

/// Does a write, once, and tells of it; the place in the person's log after it.
pub fn write(writer: &mut Writer, seat: &Seat, write: &Write, now: &Moment) -> Result<u64, Fault> {
    match change(writer, seat, write, now)? {
        Changed::Before(version) => return Ok(version),
        Changed::Held => writer.tell_held(seat.person)?,
        Changed::Other => {}
    }
    Ok(writer.engine.state(seat.person).seq())
}

/// What of a person's a write changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// What is held, of which the devices are still to be told.
    Held,
    /// Something else.
    Other,
    /// Nothing: it was done before, up to this place in the log.
    Before(u64),
}

/// Does a write, once.
pub fn change(writer: &mut Writer, seat: &Seat, write: &Write, now: &Moment) -> Result<Changed, Fault> {
    check(write, writer, now)?;
    writer.may_promise()?;
    let digest = digest(&write.what);
    let key = WriteKey { key: &write.key, digest: &digest };
    match &write.what {
        Writing::Changes(changes) => {
            if !writer.engine.is_written(seat.person, key)? {
                check_claims(changes, 0, writer, seat)?;
            }
            let policy = writer.engine.policy();
            let whats: Vec<_> =
                changes.iter().map(|stamped| (stamped.at, with_usual_end(stamped, policy).into())).collect();
            match writer.engine.record_once(seat, key, whats, now)? {
                Once::Now(facts) => {
                    writer.tell_facts(seat.person, &facts);
                    if quits(changes) {
                        writer.end(seat);
                    }
                }
                Once::Before(version) => return Ok(Changed::Before(version)),
                Once::OtherThing => return Err(Fault::key_used()),
            }
            return Ok(Changed::Other);
        }
        Writing::Hold(hold) => return self::hold(writer, seat, &[(key, hold)], now)?.remove(0).map(|()| Changed::Held),
        Writing::Told(up_to) => writer.engine.mark_told(seat.person, *up_to)?,
        Writing::ClearHeld(up_to) => {
            writer.engine.clear_held(seat.person, *up_to)?;
        }
        Writing::ForgetHeld(id) => {
            if !writer.engine.forget_held(seat.person, *id)? {
                return Err(Fault::not_found(format!("nothing that is held has the number {id}")));
            }
        }
        Writing::Favourite { person, on } => {
            follow(writer, seat, person, Follow::Favourite, *on, now)?;
            return Ok(Changed::Other);
        }
        Writing::TellWhenFree { person, on } => {
            follow(writer, seat, person, Follow::TellWhenFree, *on, now)?;
            return Ok(Changed::Other);
        }
    }
    Ok(Changed::Held)
}

/// Keeps notifications in one, each once; what became of each.
pub fn hold(
    writer: &mut Writer,
    seat: &Seat,
    wanted: &[(WriteKey<'_>, &Hold)],
    now: &Moment,
) -> Result<Vec<Result<(), Fault>>, Fault> {
    writer.may_promise()?;
    let outcomes = writer.engine.hold_once(seat.person, wanted, now.wall)?;
    let outcome = |once| if once == Once::OtherThing { Err(Fault::key_used()) } else { Ok(()) };
    Ok(outcomes.into_iter().map(outcome).collect())
}

/// Whether a write is within bounds, whatever is known of it already.
pub fn check(write: &Write, writer: &Writer, now: &Moment) -> Result<(), Fault> {
    if !(1..=LONGEST_KEY).contains(&write.key.len()) {
        return Err(Fault::not_askable(format!("a write's key has 1 to {LONGEST_KEY} bytes")));
    }
    match &write.what {
        Writing::Changes(changes) if !(1..=MOST_CHANGES).contains(&changes.len()) => {
            Err(Fault::not_askable(format!("a write has 1 to {MOST_CHANGES} changes")))
        }
        Writing::Changes(changes) => changes
            .iter()
            .try_for_each(|stamped| askable(stamped, writer.engine.policy(), now.wall))
            .map_err(Fault::from),
        Writing::Hold(hold) => check_hold(hold),
        Writing::Told(up_to) | Writing::ClearHeld(up_to) if i64::try_from(*up_to).is_err() => {
            Err(Fault::not_askable(format!("a number of something held is at most {}", i64::MAX)))
        }
        _ => Ok(()),
    }
}

/// Whether there is room for the claims among changes that are not recorded yet, and that come after `before` others.
pub fn check_claims(changes: &[Stamped], before: usize, writer: &Writer, seat: &Seat) -> Result<(), Fault> {
    let claims = claims(changes);
    if claims > 0 && writer.engine.state(seat.person).claim_count() + before + claims > MOST_CLAIMS {
        return Err(Fault::not_askable(format!("{MOST_CLAIMS} claims hold at most: end one before the next")));
    }
    Ok(())
}

/// How many claims begin by these.
pub fn claims(changes: &[Stamped]) -> usize {
    changes.iter().filter(|stamped| matches!(stamped.change, Change::Claim { .. })).count()
}

fn check_hold(Hold { notice, .. }: &Hold) -> Result<(), Fault> {
    if notice.text.chars().count() > LONGEST_TEXT {
        return Err(Fault::not_askable(format!("a notification's text has at most {LONGEST_TEXT} characters")));
    }
    if notice.from.as_ref().is_some_and(|from| from.chars().count() > LONGEST_NAME) {
        return Err(Fault::not_askable(format!("whom a notification is from has at most {LONGEST_NAME} characters")));
    }
    let open = notice.open.as_deref().map(target).transpose();
    open.map(drop).map_err(|why| Fault::not_askable(why.to_string()))
}

/// What distinguishes one write from another.
pub fn digest(what: &Writing) -> Vec<u8> {
    Sha256::digest(serde_json::to_vec(what).unwrap_or_default()).to_vec()
}

/// Whether the person quits by these.
pub fn quits(changes: &[Stamped]) -> bool {
    changes.iter().any(|stamped| stamped.change == Change::Quit)
}

fn follow(writer: &mut Writer, seat: &Seat, name: &str, how: Follow, on: bool, now: &Moment) -> Result<(), Fault> {
    if !writer.engine.follow(seat.person, name, how, on, now.wall)? {
        return Err(Fault::not_found(format!("no one is named “{name}”, or you can't see them")));
    }
    if let Some((_, view)) = writer.engine.person_seen_by(seat.person, name, now.wall) {
        writer.tell_followed(seat.person, view);
    }
    writer.tell_of_free(seat.person, now)?;
    Ok(())
}
