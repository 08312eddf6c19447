//! Writes: the same for HTTP and for the stream.

use protocol::team::{Hold, Write, Writing};
use protocol::{Change, Stamped, target};
use service::{Follow, Moment, Once, Seat, WriteKey, askable, with_usual_end};
use sha2::{Digest, Sha256};

use super::Fault;
use super::asking::LONGEST_KEY;
use crate::desk::Desk;

/// So many changes are recorded in one.
const MOST_CHANGES: usize = 100;

/// So many claims of a person's hold at once: calls, meetings, shifts.
const MOST_CLAIMS: usize = 50;

/// The longest name whom a notification is from, in characters.
const LONGEST_NAME: usize = 200;

/// The longest text of a notification, in characters.
const LONGEST_TEXT: usize = 1000;

/// Does a write, once, and tells of it; the place in the person's log after it.
pub fn write(desk: &mut Desk, seat: &Seat, write: &Write, now: &Moment) -> Result<u64, Fault> {
    match change(desk, seat, write, now)? {
        Changed::Before(version) => return Ok(version),
        Changed::Held => desk.tell_held(seat.person)?,
        Changed::Other => {}
    }
    Ok(desk.service.state(seat.person).seq())
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
pub fn change(desk: &mut Desk, seat: &Seat, write: &Write, now: &Moment) -> Result<Changed, Fault> {
    check(write, desk, now)?;
    desk.may_promise()?;
    let digest = digest(&write.what);
    let key = WriteKey { key: &write.key, digest: &digest };
    match &write.what {
        Writing::Changes(changes) => {
            if !desk.service.is_written(seat.person, key)? {
                check_claims(changes, 0, desk, seat)?;
            }
            let policy = desk.service.policy();
            let whats: Vec<_> =
                changes.iter().map(|stamped| (stamped.at, with_usual_end(stamped, policy).into())).collect();
            match desk.service.record_once(seat, key, whats, now)? {
                Once::Now(facts) => {
                    desk.tell_facts(seat.person, &facts);
                    if quits(changes) {
                        desk.end(seat);
                    }
                }
                Once::Before(version) => return Ok(Changed::Before(version)),
                Once::OtherThing => return Err(Fault::key_used()),
            }
            return Ok(Changed::Other);
        }
        Writing::Hold(hold) => return self::hold(desk, seat, &[(key, hold)], now)?.remove(0).map(|()| Changed::Held),
        Writing::Told(up_to) => desk.service.mark_told(seat.person, *up_to)?,
        Writing::ClearHeld(up_to) => {
            desk.service.clear_held(seat.person, *up_to)?;
        }
        Writing::ForgetHeld(id) => {
            if !desk.service.forget_held(seat.person, *id)? {
                return Err(Fault::not_found(format!("nothing that is held has the number {id}")));
            }
        }
        Writing::Favourite { person, on } => {
            follow(desk, seat, person, Follow::Favourite, *on, now)?;
            return Ok(Changed::Other);
        }
        Writing::TellWhenFree { person, on } => {
            follow(desk, seat, person, Follow::TellWhenFree, *on, now)?;
            return Ok(Changed::Other);
        }
    }
    Ok(Changed::Held)
}

/// Keeps notifications in one, each once; what became of each.
pub fn hold(
    desk: &mut Desk,
    seat: &Seat,
    wanted: &[(WriteKey<'_>, &Hold)],
    now: &Moment,
) -> Result<Vec<Result<(), Fault>>, Fault> {
    desk.may_promise()?;
    let outcomes = desk.service.hold_once(seat.person, wanted, now.wall)?;
    let outcome = |once| if once == Once::OtherThing { Err(Fault::key_used()) } else { Ok(()) };
    Ok(outcomes.into_iter().map(outcome).collect())
}

/// Whether a write is within bounds, whatever is known of it already.
pub fn check(write: &Write, desk: &Desk, now: &Moment) -> Result<(), Fault> {
    if !(1..=LONGEST_KEY).contains(&write.key.len()) {
        return Err(Fault::not_askable(format!("a write's key has 1 to {LONGEST_KEY} bytes")));
    }
    match &write.what {
        Writing::Changes(changes) if !(1..=MOST_CHANGES).contains(&changes.len()) => {
            Err(Fault::not_askable(format!("a write has 1 to {MOST_CHANGES} changes")))
        }
        Writing::Changes(changes) => changes
            .iter()
            .try_for_each(|stamped| askable(stamped, desk.service.policy(), now.wall))
            .map_err(Fault::from),
        Writing::Hold(hold) => check_hold(hold),
        Writing::Told(up_to) | Writing::ClearHeld(up_to) if i64::try_from(*up_to).is_err() => {
            Err(Fault::not_askable(format!("a number of something held is at most {}", i64::MAX)))
        }
        _ => Ok(()),
    }
}

/// Whether there is room for the claims among changes that are not recorded yet, and that come after `before` others.
pub fn check_claims(changes: &[Stamped], before: usize, desk: &Desk, seat: &Seat) -> Result<(), Fault> {
    let claims = claims(changes);
    if claims > 0 && desk.service.state(seat.person).claim_count() + before + claims > MOST_CLAIMS {
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

fn follow(desk: &mut Desk, seat: &Seat, name: &str, how: Follow, on: bool, now: &Moment) -> Result<(), Fault> {
    if !desk.service.follow(seat.person, name, how, on, now.wall)? {
        return Err(Fault::not_found(format!("no one is named “{name}”, or you can't see them")));
    }
    if let Some((_, view)) = desk.service.person_seen_by(seat.person, name, now.wall)? {
        desk.tell_followed(seat.person, view);
    }
    desk.tell_of_free(seat.person, now)?;
    Ok(())
}
