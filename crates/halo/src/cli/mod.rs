//! The command line: a public contract, in words and exit codes.
//!
//! 0: done. 1: refused or failed, the reason on stderr. 2: usage. 3: no resident program. 4: nobody could be reached.

mod arguments;
mod asking;
pub mod failure;
mod link;
mod newer;
mod output;
mod start;
mod team;
mod times;
mod when;

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use jiff::Timestamp;
use protocol::{Intent, Interval, Notice, Reply, Request};

use crate::client::{Client, Unanswered};
use crate::os;
use crate::place::{Place, read_text};
use crate::resident::options::Options;
use arguments::{Arguments, Command, Policy};
use asking::{act, ask, done, unexpected};
use failure::{Failure, Outcome, UNREACHABLE};
use link::Link;

/// How many intervals are asked for at once: a fraction of a megabyte, made in a few milliseconds.
const PAGE: u32 = 1000;

/// Runs the command line.
pub fn main() -> ExitCode {
    let ended = match links() {
        Some(links) => follow(&links),
        None => match Arguments::of_this_program() {
            Ok(arguments) => run(arguments),
            Err(wrong) if wrong.use_stderr() => Err(Failure::Usage(in_our_voice(&wrong.to_string()))),
            // Help and version; whoever reads them may have seen enough.
            Err(asked) => {
                let _ = asked.print();
                return ExitCode::SUCCESS;
            }
        },
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Refused(why)) => fail(1, &why),
        Err(Failure::Usage(why)) => fail(2, &why),
        Err(Failure::Unreachable(why)) => fail(UNREACHABLE, &why),
        Err(Failure::NotRunning) => fail(3, &not_running(std::env::var_os("XDG_RUNTIME_DIR").is_some())),
        Err(Failure::HungUp) => fail(1, "Halo closed the connection without answering. Try again"),
    }
}

/// What the parser complains of, as everything else is said.
fn in_our_voice(complaint: &str) -> String {
    complaint.trim().trim_start_matches("error: ").to_owned()
}

/// The arguments, if they are what a desktop hands over for a link.
fn links() -> Option<Vec<String>> {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|one| one.to_string_lossy().into_owned()).collect();
    arguments.first().is_some_and(|first| link::is_link(first)).then_some(arguments)
}

/// Does what a link may do, and has the person asked about the rest.
fn follow(links: &[String]) -> Outcome {
    let [link] = links else {
        return Err(Failure::Usage("one link at a time: the person is asked about each".to_owned()));
    };
    let link = link::parse(link)?;
    let place = os::place()?;
    match link {
        Link::Open => start::in_background(&place),
        Link::Change(intent) => done(start::ask(&place, &Request::Do(Intent::Propose(Box::new(intent))))?),
    }
}

fn fail(code: u8, why: &str) -> ExitCode {
    output::complain(why);
    ExitCode::from(code)
}

fn run(arguments: Arguments) -> Outcome {
    let Some(command) = arguments.command else { return start::in_background(&os::place()?) };
    match command {
        Command::Run { no_tray, handover } => start::in_foreground(&os::place()?, Options { tray: !no_tray, handover }),
        Command::Policy { what: Policy::Check { file } } => check_policy(&file),
        Command::Completions { shell } => {
            // By way of memory: the library panics where a reader goes early.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "halo", &mut script);
            output::write(&String::from_utf8_lossy(&script))
        }
        #[cfg(feature = "manual")]
        Command::Manual { folder } => {
            clap_mangen::generate_to(Arguments::command(), folder).map_err(|error| Failure::Refused(error.to_string()))
        }
        Command::Status { json } => match ask(Request::Status)? {
            Reply::Status { report, line } => output::status(&report, &line, json),
            other => unexpected(&other),
        },
        Command::Watch { json } => watch(json),
        Command::Set { status, when, message } => set(&status, &when, message),
        Command::Back => act(Intent::Back),
        Command::Undo => act(Intent::Undo),
        Command::Stay => act(Intent::Stay),
        Command::Message { text, when } if text.is_empty() && when.lasts()?.is_some() => Err(Failure::Usage(
            "an end needs a message: say it again, such as halo message \"Back soon\" --for 1h".to_owned(),
        )),
        Command::Message { text, when } => act(Intent::Message { text: sentence(&text), lasts: when.lasts()? }),
        Command::Snooze { span } => act(Intent::Snooze { lasts: when::span_or_off(span.as_deref(), "30m")? }),
        Command::Pause { span } => match span.as_deref() {
            Some("off") => act(Intent::Resume),
            Some(span) => act(Intent::Pause { lasts: Some(when::span(span)?) }),
            None => act(Intent::Pause { lasts: None }),
        },
        Command::History { delete: true, .. } => act(Intent::DeleteHistory),
        Command::History { since, until, json, .. } => {
            let [since, until] = when::stretch(since.as_deref(), until.as_deref())?;
            if since.is_some() && until.is_some() && since >= until {
                return Err(Failure::Refused("--until comes before --since: give an end that comes after".to_owned()));
            }
            history(since, until, json)
        }
        Command::Correct { from, to, status, reason } => {
            let [Some(from), Some(to)] = when::stretch(Some(&from), Some(&to))? else { return Ok(()) };
            act(Intent::Correct { from, to, status: status.as_str().into(), reason })
        }
        Command::Notify { kind, from, urgent, open, text } => {
            let notice = Notice { kind: kind.into(), from, urgent, text: text.join(" "), open };
            match ask(Request::Do(Intent::Notify(notice)))? {
                Reply::Notified(outcome) => output::outcome(outcome),
                other => unexpected(&other),
            }
        }
        Command::Held { clear: true, .. } => act(Intent::ClearHeld),
        Command::Held { forget: Some(id), .. } => act(Intent::ForgetHeld { id }),
        Command::Held { open: Some(id), .. } => act(Intent::OpenHeld { id }),
        Command::Held { json, .. } => match ask(Request::Held)? {
            Reply::Held(held) => output::held(&held, json),
            other => unexpected(&other),
        },
        Command::Config { key: Some(key), value: Some(value) } => act(Intent::Configure { key, value }),
        Command::Config { key, .. } => {
            let one = key.is_some();
            match ask(Request::Settings { key })? {
                Reply::Settings(settings) => output::settings(&settings, one),
                other => unexpected(&other),
            }
        }
        Command::Doctor { record: Some(file), .. } => record(&file),
        Command::Doctor { json, .. } => match ask(Request::Doctor)? {
            Reply::Doctor(checks) => output::doctor(&checks, json),
            other => unexpected(&other),
        },
        Command::SignIn { address, name, this_run_only } => team::sign_in(address, name, this_run_only),
        Command::SignOut => team::sign_out(),
        Command::Devices { end: Some(device), .. } => act(Intent::Revoke { device }),
        Command::Devices { json, .. } => team::devices(json),
        Command::People { search, json } => team::people(&search, json),
        Command::Star { name, off } => team::star(name, !off),
        Command::TellWhenFree { name, off } => team::tell_when_free(name, !off),
        Command::Newer { json } => newer::ask(json),
        Command::Restart => {
            let place = os::place()?;
            end(&place, Intent::Restart)?;
            start::wait_for_answer(&place)
        }
        Command::Quit => end(&os::place()?, Intent::Quit),
    }
}

/// It has ended when it hangs up, so that what follows on a command line finds it gone.
fn end(place: &Place, intent: Intent) -> Outcome {
    let mut client = Client::connect(place)?;
    let done = done(client.ask(Request::Do(intent))?);
    while let Ok(Some(_)) = client.next() {}
    done
}

/// Page by page: years in one answer would be a line of megabytes, and keep the resident program from its work.
fn history(mut since: Option<Timestamp>, until: Option<Timestamp>, json: bool) -> Outcome {
    let mut client = Client::connect(&os::place()?)?;
    let mut printer = output::History::begin(json)?;
    loop {
        let page = match client.ask(Request::History { since, until, limit: Some(PAGE) })? {
            Reply::History(page) => page,
            other => return unexpected(&other),
        };
        printer.print(&page)?;
        since = Interval::next_page(&page);
        if since.is_none() {
            return printer.end();
        }
    }
}

/// Into a new file: one that is there may be the trace of another trouble.
fn record(path: &Path) -> Outcome {
    let (text, events) = match ask(Request::Trace)? {
        Reply::Trace { text, events } => (text, events),
        other => return unexpected(&other),
    };
    let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    let path = path.display();
    match written {
        Ok(()) => {
            output::said(Some(&format!("{path}: {events} events saved. Look through the file before you share it")))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(Failure::Refused(format!("{path} is there already: name a new file")))
        }
        Err(error) => Err(Failure::Refused(format!("{path} can't be written: {error}"))),
    }
}

/// The statuses that can be chosen, one a line.
fn check_policy(path: &Path) -> Outcome {
    let file = path.display();
    let text = read_text(path).map_err(|error| Failure::Refused(error.to_string()))?;
    let text = text.ok_or_else(|| Failure::Refused(format!("there is no file {file}")))?;
    let findings = presence::check_policy(&text);
    for finding in &findings {
        output::said(Some(&format!("{file}: {finding}")))?;
    }
    if findings.is_empty() {
        return output::said(Some(&format!("{file} is in order")));
    }
    Err(Failure::Refused("correct the file where it says so, and check it again".to_owned()))
}

/// By `su` or `cron`, nobody says where the Halo of the person's desktop listens.
fn not_running(session_is_known: bool) -> String {
    let hint = if cfg!(target_os = "linux") && !session_is_known {
        " (if it runs in your desktop, say where: XDG_RUNTIME_DIR isn't set here, and is /run/user/ID as a rule)"
    } else {
        ""
    };
    format!("Halo isn't running. To start it: halo{hint}")
}

/// Sets a status, or lists them.
fn set(words: &[String], when: &arguments::When, message: Option<String>) -> Outcome {
    let lasts = when.lasts()?;
    let Some(status) = sentence(words) else {
        if message.is_some() || lasts.is_some() {
            return Err(Failure::Usage(
                "which status? Name it first, such as: halo set busy --for 30m; halo set lists them".to_owned(),
            ));
        }
        return statuses();
    };
    if let [first @ .., last] = words
        && let Some(first) = sentence(first)
        && when::span(last).is_ok()
    {
        return Err(Failure::Usage(format!("for how long is said with --for, such as: halo set {first} --for {last}")));
    }
    act(Intent::Set { status: status.as_str().into(), lasts, message })?;
    output::said(when::another_day(lasts).as_deref())
}

/// What was typed with spaces and without quotes; `None` if nothing was.
fn sentence(words: &[String]) -> Option<String> {
    (!words.is_empty()).then(|| words.join(" "))
}

fn statuses() -> Outcome {
    match ask(Request::Settings { key: Some("sign_in.status".to_owned()) })? {
        Reply::Settings(settings) => output::lines(settings.into_iter().flat_map(|setting| setting.allowed)),
        other => unexpected(&other),
    }
}

fn watch(json: bool) -> Outcome {
    output::end_with_the_reader();
    let place = os::place()?;
    let mut client = Client::connect(&place)?;
    client.send(Request::Watch)?;
    loop {
        let reply = match client.next() {
            Ok(Some(reply)) => reply,
            // It may be starting anew, as after an update or a sign-in.
            Ok(None) | Err(Unanswered::HungUp) => {
                client = start::next_one(&place).ok_or_else(|| Failure::Refused("Halo ended".to_owned()))?;
                client.send(Request::Watch)?;
                continue;
            }
            Err(unanswered) => return Err(unanswered.into()),
        };
        match reply {
            Reply::Status { report, line } => output::status(&report, &line, json)?,
            other => return unexpected(&other),
        }
    }
}
