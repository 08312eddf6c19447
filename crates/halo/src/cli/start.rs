//! Starting the resident program, once a person (D11).

use std::fs::File;
use std::io::{PipeReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use protocol::{Intent, Reply, Request};

use super::{Failure, Outcome, output};
use crate::client::{Client, Unanswered};
use crate::os;
use crate::place::Place;
use crate::resident::{self, Options, Running};

/// Says that a sign-in comes through the standard input.
pub const HANDOVER: &str = "--handover";

/// How long a start may take before it is called a failure.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long another one that is just starting or ending may take, before it is called out of reach.
const TURN: Duration = Duration::from_secs(5);

/// `halo`: starts the program if there is none, then shows the window when there is one.
pub fn in_background(place: &Place) -> Outcome {
    greet(&mut reach(place)?)
}

/// A connection to the program, which is started if there is none.
pub fn reach(place: &Place) -> Result<Client, Failure> {
    if let Ok(client) = Client::connect(place) {
        return Ok(client);
    }
    let (mut child, mut complaints) = spawn()?;
    let began = Instant::now();
    loop {
        if let Ok(client) = Client::connect(place) {
            return Ok(client);
        }
        // One that ended well found another to be there, which will answer.
        if let Ok(Some(status)) = child.try_wait()
            && !status.success()
        {
            let mut why = String::new();
            complaints.seek(SeekFrom::Start(0)).and_then(|_| complaints.read_to_string(&mut why)).ok();
            let why = why.trim().trim_start_matches("halo: ");
            let why = if why.is_empty() { format!("Halo did not start ({status})") } else { why.to_owned() };
            return Err(Failure::Refused(why));
        }
        if began.elapsed() > PATIENCE {
            return Err(Failure::Refused(format!(
                "Halo started but does not answer; its log: {}",
                place.log_file().display()
            )));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Until the program that was started anew answers. The one before may still take a call, and hang up.
pub fn wait_for_answer(place: &Place) -> Outcome {
    let began = Instant::now();
    loop {
        match Client::connect(place).and_then(|mut client| client.ask(Request::Status)) {
            Ok(_) => return Ok(()),
            Err(unanswered) if began.elapsed() > PATIENCE => return Err(unanswered.into()),
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// `halo run`.
pub fn in_foreground(place: &Place, options: Options) -> Outcome {
    // Asked before it runs: the file may be replaced by another release's meanwhile, which is the one to start then.
    let program = std::env::current_exe()
        .map_err(|error| Failure::Refused(format!("Halo can't tell where its program is: {error}")))?;
    let began = Instant::now();
    loop {
        match resident::run(place, &program, options)? {
            Running::Ended => return Ok(()),
            Running::Restarts(handover) => return start_anew(&program, handover),
            Running::Already => {}
        }
        match Client::connect(place) {
            Ok(mut client) => {
                output::said(Some("Halo is running already."))?;
                return greet(&mut client);
            }
            // It doesn't listen yet, or no longer: soon it will, or it is our turn.
            Err(Unanswered::NotRunning) if began.elapsed() < TURN => std::thread::sleep(Duration::from_millis(20)),
            Err(Unanswered::NotRunning) => {
                return Err(Failure::Refused(format!(
                    "Halo runs already, but doesn't answer at {}: it may belong to another login of yours. End it there with: halo quit",
                    place.socket.display()
                )));
            }
            Err(broken) => return Err(broken.into()),
        }
    }
}

/// Has the program that the file holds now take this one's place. Nobody signed out, so nothing has changed for others
/// (F06).
fn start_anew(program: &Path, handover: Option<PipeReader>) -> Outcome {
    let mut command = Command::new(program);
    command.args(std::env::args_os().skip(1).filter(|argument| argument != HANDOVER));
    match handover {
        Some(pipe) => command.arg(HANDOVER).stdin(pipe),
        None => command.stdin(Stdio::null()),
    };
    os::replace(&mut command).map_err(|error| {
        Failure::Refused(format!("{} can't be started again: {error}. Start it with: halo", program.display()))
    })
}

/// What a start says when the program is there: the window opens, or a line is printed.
fn greet(client: &mut Client) -> Outcome {
    if let Reply::Done(_) = client.ask(Request::Do(Intent::Open))? {
        return Ok(());
    }
    match client.ask(Request::Status)? {
        Reply::Status { line, .. } => output::said(Some(&line)),
        Reply::Refused(why) => Err(Failure::Refused(why.line)),
        _ => Ok(()),
    }
}

/// Starts this very program apart from the terminal. Its complaints go to a file that has no name.
fn spawn() -> Result<(Child, File), Failure> {
    let failed = |error: std::io::Error| Failure::Refused(format!("Halo can't be started: {error}"));
    let complaints = unnamed_file().map_err(failed)?;
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.arg("run").stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(complaints.try_clone().map_err(failed)?);
    os::apart(&mut command);
    Ok((command.spawn().map_err(failed)?, complaints))
}

fn unnamed_file() -> std::io::Result<File> {
    let path = std::env::temp_dir().join(format!("halo-start-{}", std::process::id()));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}
