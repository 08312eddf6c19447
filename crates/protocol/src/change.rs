//! Changes: what a device may ask a service to record of its person.

use jiff::{SignedDuration, Timestamp};
use presence::{By, DeskSignal, End, Source, StatusId, What};
use serde::{Deserialize, Serialize};

/// One change, and when it happened by the service's clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Stamped {
    /// When it happened; a time ahead counts as now.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub change: Change,
}

impl Stamped {
    /// The same as another clock tells it, one that is ahead by so much. An end at a time of day stays: that was read
    /// from a clock on a wall.
    #[must_use]
    pub fn moved(self, by: SignedDuration) -> Self {
        let moved = |at: Timestamp| at.saturating_add(by).unwrap_or(at);
        let mut change = self.change;
        match &mut change {
            Change::Choose { until, .. }
            | Change::SetEnd { until }
            | Change::Message { until, .. }
            | Change::Snooze { until }
            | Change::Pause { until } => {
                if let Some(end) = until.as_mut().filter(|end| !end.fixed) {
                    end.at = moved(end.at);
                }
            }
            Change::Signal { last_input: Some(last_input), .. } => *last_input = moved(*last_input),
            _ => {}
        }
        Self { at: moved(self.at), change }
    }
}

/// What a device may ask for. It differs from a fact in what only the service can say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Change {
    /// The person chose a status.
    Choose {
        /// Its id in the policy's catalogue.
        #[cfg_attr(feature = "schema", schema(value_type = String))]
        status: StatusId,
        /// Its end; none makes it the standing choice.
        until: Option<End>,
    },
    /// The choice that holds got another end.
    SetEnd {
        /// The end; none makes it the standing choice.
        until: Option<End>,
    },
    /// The person ended their choice.
    Back,
    /// The person took back the last automatic change.
    Undo,
    /// The message beside the status.
    Message {
        /// The words, at most 500 characters; none clears.
        text: Option<String>,
        /// Its end.
        until: Option<End>,
    },
    /// Notifications other than urgent ones wait.
    Snooze {
        /// The end; none ends the snooze.
        until: Option<End>,
    },
    /// Sensing on this device stops.
    Pause {
        /// The end; none lasts until resumed.
        until: Option<End>,
    },
    /// Sensing goes on.
    Resume,
    /// The device learned that its user left the desk, or returned.
    Signal {
        /// By what sign.
        signal: DeskSignal,
        /// Whether it began or ended.
        on: bool,
        /// The last input known at that moment.
        #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
        last_input: Option<Timestamp>,
    },
    /// A call began or ended on this device.
    Call {
        /// Which of the two.
        on: bool,
    },
    /// What the device can tell changed.
    Knows {
        /// Whether it can tell how long there was no input.
        idle: bool,
        /// Whether it can tell that the screen is locked.
        lock: bool,
        /// The idle time there, in seconds; none is the policy's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        idle_after: Option<u32>,
    },
    /// A plan or a call asks for a status.
    Claim {
        /// Who asks: call, calendar or schedule.
        source: Source,
        /// For which status.
        #[cfg_attr(feature = "schema", schema(value_type = String))]
        status: StatusId,
        /// Until when.
        #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
        until: Option<Timestamp>,
        /// Why, in a few words.
        detail: Option<String>,
    },
    /// It asks no longer.
    EndClaim {
        /// The version that the claim's beginning was recorded as.
        id: u64,
    },
    /// What the person is doing, beside the status.
    Activity {
        /// Whether they are on a call.
        on_call: bool,
        /// How many interactions they handle.
        interactions: u32,
    },
    /// The person's default after signing in.
    Default {
        /// The status; none returns to the policy's.
        #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
        status: Option<StatusId>,
    },
    /// What leaving the desk may cover at most, by the person's wish.
    Covers {
        /// What it may cover; none returns to all that the policy lists.
        #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<String>>))]
        statuses: Option<Vec<StatusId>>,
    },
    /// The person said afterwards what a stretch of the past really was.
    Correct {
        /// Its start.
        #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
        from: Timestamp,
        /// Its end; not after now.
        #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
        to: Timestamp,
        /// What it was.
        #[cfg_attr(feature = "schema", schema(value_type = String))]
        status: StatusId,
        /// Why the record is wrong, at most 200 characters.
        reason: String,
    },
    /// The person quit here: this device's session ends, its token stays.
    Quit,
}

impl From<Change> for What {
    fn from(change: Change) -> Self {
        match change {
            Change::Choose { status, until } => Self::Chose { status, until, by: By::Person },
            Change::SetEnd { until } => Self::EndSet { until },
            Change::Back => Self::WentBack,
            Change::Undo => Self::Undid,
            Change::Message { text, until } => Self::MessageSet { text, until },
            Change::Snooze { until } => Self::Snoozed { until },
            Change::Pause { until } => Self::Paused { until },
            Change::Resume => Self::Resumed,
            Change::Signal { signal, on, last_input } => Self::Desk { signal, on, last_input },
            Change::Call { on } => Self::Call { on },
            Change::Knows { idle, lock, idle_after } => Self::Knows { idle, lock, idle_after },
            Change::Claim { source, status, until, detail } => Self::ClaimBegan { source, status, until, detail },
            Change::EndClaim { id } => Self::ClaimEnded { id },
            Change::Activity { on_call, interactions } => Self::Activity(presence::Activity { on_call, interactions }),
            Change::Default { status } => Self::DefaultSet { status },
            Change::Covers { statuses } => Self::CoversSet { statuses },
            Change::Correct { from, to, status, reason } => Self::Corrected { from, to, status, reason },
            Change::Quit => Self::SignedOut,
        }
    }
}

/// A fact that no device may ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct OnlyTheService(pub What);

impl TryFrom<What> for Change {
    type Error = OnlyTheService;

    fn try_from(what: What) -> Result<Self, OnlyTheService> {
        Ok(match what {
            What::Chose { status, until, by: By::Person } => Self::Choose { status, until },
            What::EndSet { until } => Self::SetEnd { until },
            What::WentBack => Self::Back,
            What::Undid => Self::Undo,
            What::MessageSet { text, until } => Self::Message { text, until },
            What::Snoozed { until } => Self::Snooze { until },
            What::Paused { until } => Self::Pause { until },
            What::Resumed => Self::Resume,
            What::Desk { signal, on, last_input } => Self::Signal { signal, on, last_input },
            What::Call { on } => Self::Call { on },
            What::Knows { idle, lock, idle_after } => Self::Knows { idle, lock, idle_after },
            What::ClaimBegan { source, status, until, detail } => Self::Claim { source, status, until, detail },
            What::ClaimEnded { id } => Self::EndClaim { id },
            What::Activity(presence::Activity { on_call, interactions }) => Self::Activity { on_call, interactions },
            What::DefaultSet { status } => Self::Default { status },
            What::CoversSet { statuses } => Self::Covers { statuses },
            What::Corrected { from, to, status, reason } => Self::Correct { from, to, status, reason },
            What::SignedOut => Self::Quit,
            other => return Err(OnlyTheService(other)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c21_what_another_clock_stamped_moves_with_its_durations_and_not_with_its_times_of_day() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let meal = |fixed| Change::Choose {
            status: StatusId::from("meal"),
            until: Some(End { at: at("2026-01-05T07:30:00Z"), fixed }),
        };
        let stamped = |change| Stamped { at: at("2026-01-05T07:00:00Z"), change };
        let hours = SignedDuration::from_hours(3);
        let moved = stamped(meal(false)).moved(hours);
        let until = Some(End { at: at("2026-01-05T10:30:00Z"), fixed: false });
        assert_eq!(moved.at, at("2026-01-05T10:00:00Z"));
        assert_eq!(moved.change, Change::Choose { status: StatusId::from("meal"), until });
        assert_eq!(stamped(meal(true)).moved(hours).change, meal(true));
        let lock = |last| Change::Signal { signal: DeskSignal::Lock, on: true, last_input: Some(at(last)) };
        assert_eq!(stamped(lock("2026-01-05T06:59:00Z")).moved(hours).change, lock("2026-01-05T09:59:00Z"));
    }
}
