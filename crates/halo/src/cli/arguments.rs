//! What may be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use protocol::{Lasts, NoticeKind};

use super::failure::Failure;
use super::{link, start, when};

/// Presence that is true, says why, and can be undone.
///
/// Without a command: start Halo if it isn't running. With a link: ask you, then do it.
#[derive(Debug, Parser)]
#[command(name = "halo", version, max_term_width = 100, after_help = link::KNOWN)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Arguments {
    /// Those of this program.
    ///
    /// `run` is read without the parser, for what the parser touches stays in memory for as long as the resident program
    /// runs (docs/performance.md).
    pub fn of_this_program() -> Result<Self, clap::Error> {
        let mut given = std::env::args_os().skip(1);
        let (mut no_tray, mut handover) = (false, false);
        let plain = given.next().is_some_and(|first| first == "run")
            && given.all(|flag| {
                no_tray |= flag == "--no-tray";
                handover |= flag == start::HANDOVER;
                flag == "--no-tray" || flag == start::HANDOVER
            });
        if plain { Ok(Self { command: Some(Command::Run { no_tray, handover }) }) } else { Self::try_parse() }
    }
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
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Choose a status; without one, list those there are
    Set {
        /// Its id or its name: available, busy, do not disturb, dnd, meal…
        status: Vec<String>,
        #[command(flatten)]
        when: When,
        /// A message to set with it, until the same time; it stays after `halo back` (to clear it: halo message)
        #[arg(long)]
        message: Option<String>,
    },
    /// End your choice, or come back from Away
    Back,
    /// Take back the last automatic change
    Undo,
    /// Say that you are still there: cancel the countdown to Away
    Stay,
    /// Set the message beside your status; without text, clear it
    Message {
        /// The message, in quotes if it has marks that the shell reads
        text: Vec<String>,
        #[command(flatten)]
        when: When,
    },
    /// Hold notifications for a while, all but urgent ones
    Snooze {
        /// Duration (30m if not given), or: off
        #[arg(allow_hyphen_values = true)]
        span: Option<String>,
    },
    /// Print your status now and at every change
    Watch {
        /// One JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// What your status was, from when to when
    History {
        /// Start: 2h (ago), 14:00 (the last one), 2026-11-23 or 2026-11-23T14:00
        #[arg(long, allow_hyphen_values = true)]
        since: Option<String>,
        /// End, in the same forms
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        until: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Erase your history up to now
        #[arg(long, conflicts_with_all = ["since", "until", "json"])]
        delete: bool,
    },
    /// Correct part of your history (it stays marked)
    Correct {
        /// Start: 14:00 (the last one), 2026-11-23T14:00, or 2h (ago)
        #[arg(allow_hyphen_values = true)]
        from: String,
        /// End: the next such time after the start, or: now
        #[arg(allow_hyphen_values = true)]
        to: String,
        /// What your status really was; offline is possible too
        status: String,
        /// Why the record is wrong
        #[arg(long)]
        reason: String,
    },
    /// Show a notification if your status allows it: prints shown, held or blocked
    Notify {
        /// What it is
        #[arg(long)]
        kind: Kind,
        /// Who it is from
        #[arg(long)]
        from: Option<String>,
        /// Show a chat or reminder although others wait, except in Do not disturb or while the screen is locked
        #[arg(long)]
        urgent: bool,
        /// Where it came from, opened once you agree: an address such as https:, mailto:, tel: or msteams:
        #[arg(long, value_name = "URL")]
        open: Option<String>,
        /// What it says
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// List the notifications that were held
    Held {
        /// Print JSON
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
        /// The setting; without one, list them all
        key: Option<String>,
        /// What to set it to; without a value, print it
        #[arg(allow_hyphen_values = true)]
        value: Option<String>,
    },
    /// Check each part of Halo and how to fix it
    Doctor {
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Save this device's recent signals in a new file, for a report of something that went wrong: when there was
        /// input, a lock or sleep, but no names, no words and no time of day
        #[arg(long, value_name = "FILE", conflicts_with = "json")]
        record: Option<PathBuf>,
    },
    /// Stop sensing for a while
    Pause {
        /// Duration (until you end it if not given), or: off
        #[arg(allow_hyphen_values = true)]
        span: Option<String>,
    },
    /// Sign in to your team's service, so that your status is the same on all your devices
    ///
    /// What was kept on this computer before, as its history, shows again after you sign out.
    SignIn {
        /// Its address: presence.example, or `https://presence.example`; the setting `service` if not given
        address: Option<String>,
        /// Your name there; asked for if not given. The password is asked for, or read from the standard input
        #[arg(long)]
        name: Option<String>,
        /// Save no token: you are signed out when Halo ends
        #[arg(long)]
        this_run_only: bool,
    },
    /// Sign out of your team's service on this computer
    SignOut,
    /// List the devices on which you are signed in
    Devices {
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Sign the device with this id out
        #[arg(long, value_name = "ID", conflicts_with = "json")]
        end: Option<String>,
    },
    /// List the people of your team whom you may see
    People {
        /// Part of a name
        search: Vec<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Keep somebody among your favourites: in the tray, and first in lists
    Star {
        /// Their name
        name: String,
        /// No longer
        #[arg(long)]
        off: bool,
    },
    /// Get a notification the next time somebody is free
    TellWhenFree {
        /// Their name
        name: String,
        /// No longer
        #[arg(long)]
        off: bool,
    },
    /// Ask whether there is a newer Halo
    ///
    /// At the address of the setting updates.from, which has what it says signed by the key of updates.key.
    Newer {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Restart Halo, for example after an update; you stay signed in
    Restart,
    /// End Halo: others see you Offline
    Quit,
    /// Check a policy file before you use it
    Policy {
        #[command(subcommand)]
        what: Policy,
    },
    /// Print completions for your shell's start-up file
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    #[cfg(feature = "manual")]
    #[command(hide = true)]
    Manual { folder: PathBuf },
}

#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Say everything that is wrong with a policy file, with lines; changes nothing
    Check {
        /// The file
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct When {
    // A minus sign is let through everywhere here: “-5m isn't a duration” helps more than “unexpected argument”.
    /// Duration: 30m, 1h30m, or minutes alone
    #[arg(long = "for", value_name = "SPAN", conflicts_with = "until", allow_hyphen_values = true)]
    span: Option<String>,
    /// End: 14:00 (the next one), 2026-11-23T14:00, 14:00+02:00 or 14:00[Asia/Tokyo]
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::Arguments;

    const REFERENCE: &str = include_str!("../../../../docs/command-line.md");

    /// The rows of a table of the reference that begin with this, without what they say.
    fn rows(begin: &str) -> Vec<&'static str> {
        let rows = REFERENCE.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
        rows.map(|(first, _)| first).filter(|first| first.starts_with(begin)).collect()
    }

    #[test]
    fn every_command_and_argument_says_what_it_is_for() {
        let mut left = vec![Arguments::command()];
        while let Some(command) = left.pop() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
                assert!(argument.get_help().is_some(), "{}: {}", command.get_name(), argument.get_id());
            }
            left.extend(command.get_subcommands().cloned());
        }
    }

    #[test]
    fn the_reference_has_every_command_and_option_and_no_other() {
        let mut there = BTreeSet::new();
        for command in Arguments::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            there.insert((command.get_name().to_owned(), None));
            let options = command.get_arguments().filter(|argument| !argument.is_hide_set());
            let options = options.filter_map(|option| option.get_long()).filter(|option| *option != "help");
            there.extend(options.map(|option| (command.get_name().to_owned(), Some(option.to_owned()))));
        }
        let mut written = BTreeSet::new();
        for row in rows("halo ") {
            let name = row.split(' ').nth(1).unwrap_or_default().to_owned();
            let words = row.split(|c: char| c.is_whitespace() || "[]|\\".contains(c));
            let options = words.filter_map(|word| word.strip_prefix("--")).map(str::to_owned);
            written.extend(options.map(|option| (name.clone(), Some(option))).chain([(name.clone(), None)]));
        }
        assert_eq!(written, there);
    }

    #[test]
    fn the_reference_has_every_setting_and_no_other() {
        let settings = agent::Settings::default();
        let there = settings.list(None, &presence::Policy::genesys(), || false).unwrap();
        let keys = rows("").into_iter().filter(|row| !row.contains(' ') && (row.contains('.') || row.len() > 3));
        let written: BTreeSet<_> = keys.filter(|key| *key != "halo").map(str::to_owned).collect();
        assert_eq!(written, there.into_iter().map(|setting| setting.key).collect());
    }

    #[test]
    fn help_reads_as_one_sentence_a_command() {
        for command in Arguments::command().get_subcommands() {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(!about.is_empty() && !about.ends_with('.'), "{}: {about}", command.get_name());
        }
    }
}
