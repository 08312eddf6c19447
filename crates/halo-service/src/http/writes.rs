//! Writes: the same for HTTP and for the stream.

use protocol::team::{Down, Hold, Write, Writing};
use protocol::{Change, Stamped, target};
use service::{Follow, Moment, Once, Seat, WriteKey, askable, with_usual_end};
use sha2::{Digest, Sha256};

use super::Fault;
use super::asking::LONGEST_KEY;
use crate::desk::Desk;

/// So many changes are recorded in one.
const MOST_CHANGES: usize = 100;

/// The longest text of a notification, in characters.
const LONGEST_TEXT: usize = 1000;

/// Does a write, once; the place in the person's log after it.
pub fn write(desk: &mut Desk, seat: &Seat, write: &Write, now: &Moment) -> Result<u64, Fault> {
    check(write, desk, now)?;
    let digest = digest(&write.what);
    let key = WriteKey { key: &write.key, digest: &digest };
    match &write.what {
        Writing::Changes(changes) => {
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
                Once::Before(version) => return Ok(version),
                Once::OtherThing => return Err(Fault::key_used()),
            }
        }
        Writing::Hold(Hold { notice, held_as }) => {
            desk.service.hold_once(seat.person, key, notice, *held_as, now.wall)?;
            tell_held(desk, seat)?;
        }
        Writing::Told(up_to) => {
            desk.service.mark_told(seat.person, *up_to)?;
            tell_held(desk, seat)?;
        }
        Writing::ClearHeld(up_to) => {
            desk.service.clear_held(seat.person, *up_to)?;
            tell_held(desk, seat)?;
        }
        Writing::ForgetHeld(id) => {
            if !desk.service.forget_held(seat.person, *id)? {
                return Err(Fault::not_found(format!("nothing that is held has the number {id}")));
            }
            tell_held(desk, seat)?;
        }
        Writing::Favourite { person, on } => follow(desk, seat, person, Follow::Favourite, *on, now)?,
        Writing::TellWhenFree { person, on } => follow(desk, seat, person, Follow::TellWhenFree, *on, now)?,
    }
    Ok(desk.service.state(seat.person).seq())
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
        Writing::Hold(hold) if hold.notice.text.chars().count() > LONGEST_TEXT => {
            Err(Fault::not_askable(format!("a notification's text has at most {LONGEST_TEXT} characters")))
        }
        Writing::Hold(Hold { notice, .. }) if notice.open.is_some() => {
            let open = notice.open.as_deref().unwrap_or_default();
            target(open).map(drop).map_err(|why| Fault::not_askable(why.to_string()))
        }
        Writing::Told(up_to) | Writing::ClearHeld(up_to) if i64::try_from(*up_to).is_err() => {
            Err(Fault::not_askable(format!("a number of something held is at most {}", i64::MAX)))
        }
        _ => Ok(()),
    }
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
        return Err(Fault::not_found(format!("there is nobody named “{name}” whom you may see")));
    }
    if let Some((_, view)) = desk.service.person_seen_by(seat.person, name, now.wall)? {
        desk.tell_followed(seat.person, view);
    }
    desk.tell_of_free(seat.person, now)?;
    Ok(())
}

fn tell_held(desk: &mut Desk, seat: &Seat) -> Result<(), Fault> {
    let held = desk.service.held(seat.person)?;
    desk.tell_own(seat.person, &Down::Held(held));
    Ok(())
}
