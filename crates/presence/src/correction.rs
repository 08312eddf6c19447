//! Corrections: what the person says afterwards of a stretch of the past, and why (R07).
//!
//! A correction is a fact like any other and rewrites none. It is laid over the intervals when they are read, so that
//! what was recorded, and where from, can always be told from what was said later.

use jiff::Timestamp;

use crate::fact::{Fact, What};
use crate::interval::{Corrected, Interval};
use crate::status::StatusId;

/// The person's word on a stretch of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Its start.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// What it was.
    pub status: StatusId,
    /// Why the record is wrong.
    pub reason: String,
    /// When it was made.
    pub at: Timestamp,
}

impl Correction {
    /// The correction that a fact is, if it is one.
    pub fn of(fact: &Fact) -> Option<Self> {
        match &fact.what {
            What::Corrected { from, to, status, reason } => {
                Some(Self { from: *from, to: *to, status: status.clone(), reason: reason.clone(), at: fact.recorded })
            }
            _ => None,
        }
    }
}

/// Lays corrections, in the order in which they were made, over intervals as they were recorded.
///
/// The latest one holds where several meet. One that covers a part of an interval splits it; one that covers several
/// leaves them apart, for each was something else before. Source, detail and message stay what was recorded.
pub fn corrected(intervals: Vec<Interval>, corrections: &[Correction]) -> Vec<Interval> {
    if corrections.is_empty() {
        return intervals;
    }
    intervals.iter().flat_map(|interval| pieces(interval, corrections)).collect()
}

fn pieces(interval: &Interval, corrections: &[Correction]) -> Vec<Interval> {
    let close = interval.end.unwrap_or(Timestamp::MAX);
    let edges = corrections.iter().flat_map(|one| [one.from, one.to]).filter(|at| (interval.start..close).contains(at));
    let mut cuts: Vec<Timestamp> = edges.chain([interval.start, close]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut pieces: Vec<(Option<usize>, Interval)> = Vec::new();
    for cut in cuts.windows(2) {
        let (start, end) = (cut[0], cut[1]);
        let holds = corrections.iter().rposition(|one| one.from <= start && one.to >= end);
        let end = if end == close { interval.end } else { Some(end) };
        match pieces.last_mut() {
            // An older correction begins or ends here, under a later one.
            Some((same, piece)) if *same == holds => piece.end = end,
            _ => {
                let piece = Interval { start, end, ..interval.clone() };
                let piece = match holds {
                    Some(one) => piece.corrected_by(&corrections[one]),
                    None => piece,
                };
                pieces.push((holds, piece));
            }
        }
    }
    pieces.into_iter().map(|(_, piece)| piece).collect()
}

impl Interval {
    fn corrected_by(self, correction: &Correction) -> Self {
        let was = Corrected { was: self.status, reason: correction.reason.clone(), at: correction.at };
        // The class of what it really was is for the reader's policy to say.
        Self { status: Some(correction.status.clone()), primary: None, correction: Some(was), ..self }
    }
}
