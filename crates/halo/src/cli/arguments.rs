//! What may be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use protocol::{Lasts, NoticeKind};

use super::{Failure, link, when};

/// Presence that is true, says why, and can be undone.
///
/// Without a command: start Halo if it isn't running. With a link: ask you, then do it.
#[derive(Debug, Parser)]
#[command(name = "halo", version, max_term_width = 100, after_help = link::KNOWN)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the resident program in the foreground
    Run {
        /// Without an icon in the tray
        #[arg(long)]
        no_tray: bool,
        #[arg(long, hide = true)]
        handover: bool,
    },
    /// Your status, why it is so, and what comes next
    Status {
        #[arg(long)]
        json: bool,
    },
    /// Choose a status
    Set {
        /// Its id: available, busy, meeting, meal… An unknown one lists those there are
        status: String,
        #[command(flatten)]
        when: When,
        /// A message to set with it, for as long
        #[arg(long)]
        message: Option<String>,
    },
    /// End your choice, or come back from Away
    Back,
    /// Take back the last automatic change
    Undo,
    /// Cancel the countdown to Away
    Stay,
    /// Set the message beside your status; without text, clear it
    Message {
        text: Option<String>,
        #[command(flatten)]
        when: When,
    },
    /// Hold all but urgent notifications
    Snooze {
        /// For how long (30m if not said), or: off
        #[arg(allow_hyphen_values = true)]
        span: Option<String>,
    },
    /// One status at once, and one at each change
    Watch {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// What you showed, from when to when
    History {
        /// From then on: 2h, 14:00, 2026-11-23 or 2026-11-23T14:00
        #[arg(long, allow_hyphen_values = true)]
        since: Option<String>,
        /// Up to then
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        until: Option<String>,
        #[arg(long)]
        json: bool,
        /// Erase everything up to now
        #[arg(long, conflicts_with_all = ["since", "until", "json"])]
        delete: bool,
    },
    /// Say afterwards what a stretch of your history really was; the correction stays visible as one
    Correct {
        /// Its start: 14:00, 2026-11-23T14:00, or 2h ago as 2h
        #[arg(allow_hyphen_values = true)]
        from: String,
        /// Its end, or: now
        #[arg(allow_hyphen_values = true)]
        to: String,
        /// What it was: any status, offline too
        status: String,
        /// Why the record is wrong
        #[arg(long)]
        reason: String,
    },
    /// Pass a notification through the gate: prints shown, held or blocked
    Notify {
        #[arg(long)]
        kind: Kind,
        /// Who it is from
        #[arg(long)]
        from: Option<String>,
        #[arg(long)]
        urgent: bool,
        /// Where it came from, opened once you agree: an address such as https:, mailto:, tel: or msteams:
        #[arg(long, value_name = "URL")]
        open: Option<String>,
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// The notifications that were held
    Held {
        #[arg(long)]
        json: bool,
        /// Forget them
        #[arg(long, conflicts_with = "json")]
        clear: bool,
        /// Forget the one with this number
        #[arg(long, value_name = "ID", conflicts_with_all = ["json", "clear"])]
        forget: Option<u64>,
        /// Ask you whether to open where the one with this number came from
        #[arg(long, value_name = "ID", conflicts_with_all = ["json", "clear", "forget"])]
        open: Option<u64>,
    },
    /// Read or change a setting
    Config {
        key: Option<String>,
        #[arg(allow_hyphen_values = true)]
        value: Option<String>,
    },
    /// How each part is doing: what was chosen, why, what to do
    Doctor {
        #[arg(long)]
        json: bool,
        /// Write what this device told of you of late into a new file, for a report of something that went wrong:
        /// input, locks and sleep with their moments, but no names, no words and no time of day
        #[arg(long, value_name = "FILE", conflicts_with = "json")]
        record: Option<PathBuf>,
    },
    /// Sense and send nothing
    Pause {
        /// For how long (until you end it if not said), or: off
        #[arg(allow_hyphen_values = true)]
        span: Option<String>,
    },
    /// Sign in to your team's service: your presence lives there from then on, the same on all your devices
    SignIn {
        /// Its address: presence.example, or `https://presence.example`
        address: String,
        /// Your name there; asked for if not said. The password is asked for, or read from the standard input
        #[arg(long)]
        name: Option<String>,
        /// Keep the token nowhere: you are signed out when Halo ends
        #[arg(long)]
        this_run_only: bool,
    },
    /// Sign out of your team's service here: the token is deleted everywhere
    SignOut,
    /// Where you are signed in
    Devices {
        #[arg(long)]
        json: bool,
        /// Sign the device with this id out
        #[arg(long, value_name = "ID", conflicts_with = "json")]
        end: Option<String>,
    },
    /// The people of your team's service whom you may see
    People {
        /// A part of their names
        search: Vec<String>,
        #[arg(long)]
        json: bool,
    },
    /// Keep somebody among your favourites: in the tray, and first in the list
    Star {
        /// Their name
        name: String,
        /// No longer
        #[arg(long)]
        off: bool,
    },
    /// Be told once, when somebody is free
    TellWhenFree {
        /// Their name
        name: String,
        /// No longer
        #[arg(long)]
        off: bool,
    },
    /// Start the program anew, after an update for example; you stay signed in
    Restart,
    /// Sign out (you appear Offline) and end
    Quit,
    /// Shell completions, for your shell's start-up file
    Completions { shell: clap_complete::Shell },
}

#[derive(Debug, Args)]
pub struct When {
    // A minus sign is let through everywhere here: “-5m is no duration” helps more than “unexpected argument”.
    /// For so long: 30m, 1h30m
    #[arg(long = "for", value_name = "SPAN", conflicts_with = "until", allow_hyphen_values = true)]
    span: Option<String>,
    /// Until then: 14:00, or 2026-11-23T14:00
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
}

impl When {
    pub fn lasts(&self) -> Result<Option<Lasts>, Failure> {
        match (&self.span, &self.until) {
            (Some(span), _) => when::span(span).map(Some),
            (None, Some(until)) => when::until(until).map(Some),
            (None, None) => Ok(None),
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Kind {
    Chat,
    Call,
    Video,
    Reminder,
}

impl From<Kind> for NoticeKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Chat => Self::Chat,
            Kind::Call => Self::Call,
            Kind::Video => Self::Video,
            Kind::Reminder => Self::Reminder,
        }
    }
}
