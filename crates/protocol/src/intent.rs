//! Intents: everything a person can ask for, the same from tray, window, command line, link and shortcut (D11).

use jiff::Timestamp;
use presence::{InteractionKind, StatusId};
use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// How long something is to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub enum Lasts {
    /// For so many seconds, whatever the clock does.
    For(#[cfg_attr(feature = "ts", ts(type = "number"))] u64),
    /// Until a time of day.
    Until(#[cfg_attr(feature = "ts", ts(type = "string"))] Timestamp),
}

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub enum Intent {
    /// Choose a status.
    Set {
        /// Which.
        status: StatusId,
        /// For how long; `None` takes the status' own duration, if it has one.
        lasts: Option<Lasts>,
        /// A message to set with it.
        message: Option<String>,
    },
    /// Give the current status an end, or take its end away.
    SetEnd {
        /// The end; `None` takes it away.
        lasts: Option<Lasts>,
    },
    /// End the choice.
    Back,
    /// Take back the last automatic change (C13).
    Undo,
    /// Cancel the countdown: the person is here.
    Stay,
    /// Set the message, or clear it.
    Message {
        /// The words; `None` clears.
        text: Option<String>,
        /// How long they stand.
        lasts: Option<Lasts>,
    },
    /// Hold all but urgent notifications; `None` ends it.
    Snooze {
        /// For how long.
        lasts: Option<Lasts>,
    },
    /// Stop all sensing (D13).
    Pause {
        /// For how long; `None` until resumed.
        lasts: Option<Lasts>,
    },
    /// Sense again.
    Resume,
    /// Show what was held.
    ShowHeld,
    /// Forget what was held.
    ClearHeld,
    /// Forget one of the held.
    ForgetHeld {
        /// Its number.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        id: u64,
    },
    /// Ask the person whether to open where one of the held came from.
    OpenHeld {
        /// Its number.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        id: u64,
    },
    /// Pass a notification through the gate.
    Notify(Notice),
    /// Change a setting.
    Configure {
        /// Its key.
        key: String,
        /// Its new value, as text.
        value: String,
    },
    /// Erase the history up to now.
    DeleteHistory,
    /// Say afterwards what a stretch of the past really was (R07).
    Correct {
        /// Its start.
        #[cfg_attr(feature = "ts", ts(type = "string"))]
        from: Timestamp,
        /// Its end; not after now.
        #[cfg_attr(feature = "ts", ts(type = "string"))]
        to: Timestamp,
        /// What it was.
        status: StatusId,
        /// Why the record is wrong.
        reason: String,
    },
    /// Ask the person whether to do this: it came from a link.
    Propose(Box<Intent>),
    /// Do what was proposed, or leave it.
    Decide {
        /// Whether to do it.
        accept: bool,
    },
    /// Sign in to a team's service: the presence lives there from then on.
    SignIn {
        /// Its address: `https://presence.example`.
        service: String,
        /// The name there.
        name: String,
        /// The password, which goes no further than to the service.
        #[cfg_attr(feature = "ts", ts(type = "string"))]
        password: Secret,
        /// Stay signed in until the program ends only: the token is kept nowhere.
        this_run_only: bool,
    },
    /// Sign out of the team's service, here: the token is deleted everywhere.
    SignOut,
    /// Sign another device out.
    Revoke {
        /// Its id.
        device: String,
    },
    /// Keep somebody among the favourites, or no longer.
    Favourite {
        /// Their name.
        person: String,
        /// Whether.
        on: bool,
    },
    /// Be told once somebody is free, or no longer (G16).
    TellWhenFree {
        /// Their name.
        person: String,
        /// Whether.
        on: bool,
    },
    /// Open the window.
    Open,
    /// End the program: the person appears Offline, and stays signed in to a team's service.
    Quit,
    /// Start the program anew without signing out. Understood whatever version of the protocol asks, so that a program
    /// of another release can be replaced.
    Restart,
}

/// The kinds of notices that want the person's attention.
pub type NoticeKind = InteractionKind;

/// Something that wants the person's attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Notice {
    /// Of what kind.
    pub kind: NoticeKind,
    /// Who it is from.
    pub from: Option<String>,
    /// Whether it is urgent.
    pub urgent: bool,
    /// What it says.
    pub text: String,
    /// Where it came from, to be opened once the person agrees: an address that [`target`](crate::target) lets through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
}
