//! Starting the resident program, once a person (D11).

use std::fs::File;
use std::io::{PipeReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use protocol::{CheckState, Intent, Reply, Request};

use super::failure::{Failure, Outcome};
use super::output;
use crate::client::{Client, Unanswered};
use crate::os;
use crate::place::Place;
use crate::resident::options::Options;
use crate::resident::{self, Running};

/// Says that a sign-in comes through the standard input.
pub const HANDOVER: &str = "--handover";

/// How long a start may take before it is called a failure.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long another one that is just starting or ending may take, before it is called out of reach.
const TURN: Duration = Duration::from_secs(5);

/// How often it is looked for meanwhile.
const LOOK: Duration = Duration::from_millis(10);

/// How long an answer must hold: whoever answers while it is ending hangs up within this time.
const MOMENT: Duration = Duration::from_millis(50);

/// `halo`: starts the program if there is none, then shows the window when there is one.
pub fn in_background(place: &Place) -> Outcome {
    end_one_left_behind(place);
    let line = of_one_that_stays(place, |client| {
        let line = greet(client)?;
        // One that is about to end may still have taken the call.
        if client.hangs_up_within(MOMENT) { Err(Unanswered::HungUp.into()) } else { Ok(line) }
    })?;
    output::said(line.as_deref())
}

/// Asks the program, which is started if there is none; once more, if it hung up because it is ending.
pub fn ask(place: &Place, request: &Request) -> Result<Reply, Failure> {
    of_one_that_stays(place, |client| Ok(client.ask(request.clone())?))
}

fn of_one_that_stays<Answer>(
    place: &Place,
    mut ask: impl FnMut(&mut Client) -> Result<Answer, Failure>,
) -> Result<Answer, Failure> {
    let began = Instant::now();
    loop {
        match ask(&mut reach(place)?) {
            Err(Failure::HungUp) if began.elapsed() < TURN => std::thread::sleep(LOOK),
            answered => return answered,
        }
    }
}

/// A connection to the program, which is started if there is none. It has answered once: a connection alone may be to one
/// that is ending, or was killed a moment ago.
pub fn reach(place: &Place) -> Result<Client, Failure> {
    let began = Instant::now();
    let mut started: Option<(Child, File)> = None;
    loop {
        match answering(place) {
            Ok(client) => return Ok(client),
            // Somebody else's socket, or an answer of another version: starting one changes nothing.
            Err(Unanswered::Broken(why)) => return Err(Failure::Refused(why)),
            Err(Unanswered::NotRunning | Unanswered::HungUp) => {}
        }
        match &mut started {
            None => started = Some(spawn(place)?),
            Some((child, complaints)) => match child.try_wait() {
                Ok(Some(status)) if !status.success() => return Err(did_not_start(status, complaints)),
                // It found another one, which has ended since.
                Ok(Some(_)) if began.elapsed() < PATIENCE => started = None,
                _ => {}
            },
        }
        if began.elapsed() > PATIENCE {
            return Err(Failure::Refused(format!(
                "Halo started but does not answer; its log: {}",
                place.log_file().display()
            )));
        }
        std::thread::sleep(LOOK);
    }
}

fn did_not_start(status: ExitStatus, complaints: &mut File) -> Failure {
    let mut why = String::new();
    complaints.seek(SeekFrom::Start(0)).and_then(|_| complaints.read_to_string(&mut why)).ok();
    let why = why.trim().trim_start_matches("halo: ");
    Failure::Refused(if why.is_empty() { format!("Halo did not start ({status})") } else { why.to_owned() })
}

/// A connection to a program that answers.
fn answering(place: &Place) -> Result<Client, Unanswered> {
    let mut client = Client::connect(place)?;
    client.ask(Request::Status)?;
    Ok(client)
}

/// Until the program that was started anew answers. The one before may still take a call, and hang up.
pub fn wait_for_answer(place: &Place) -> Outcome {
    answers_within(place, PATIENCE)?;
    Ok(())
}

/// The program that takes the place of one that has just ended, if one does.
pub fn next_one(place: &Place) -> Option<Client> {
    answers_within(place, TURN).ok()
}

fn answers_within(place: &Place, patience: Duration) -> Result<Client, Unanswered> {
    let began = Instant::now();
    loop {
        match answering(place) {
            Err(_) if began.elapsed() < patience => std::thread::sleep(LOOK),
            answered => return answered,
        }
    }
}

/// `halo run`.
pub fn in_foreground(place: &Place, options: Options) -> Outcome {
    end_one_left_behind(place);
    // Asked before it runs: the file may be replaced by another release's meanwhile, which is the one to start then.
    let program = std::env::current_exe()
        .map(where_it_belongs)
        .map_err(|error| Failure::Refused(format!("Halo can't tell where its program is: {error}")))?;
    let began = Instant::now();
    loop {
        match resident::run(place, &program, options)? {
            Running::Ended => return Ok(()),
            Running::Restarts(handover) => return start_anew(&program, handover),
            Running::Already => {}
        }
        match answering(place).map_err(Failure::from).and_then(|mut client| greet(&mut client)) {
            Ok(line) => {
                output::said(Some("Halo is running already."))?;
                return output::said(line.as_deref());
            }
            // It doesn't listen yet, or no longer: soon it will, or it is our turn.
            Err(Failure::NotRunning | Failure::HungUp) if began.elapsed() < TURN => std::thread::sleep(LOOK),
            Err(Failure::NotRunning | Failure::HungUp) => {
                return Err(Failure::Refused(format!(
                    "Halo runs already, but doesn't answer at {}: it may belong to another login of yours. End it there with: halo quit",
                    place.socket.display()
                )));
            }
            Err(failure) => return Err(failure),
        }
    }
}

/// Ends one that outlived its session and has not noticed yet: it hears nothing of the session that this one is started
/// in.
fn end_one_left_behind(place: &Place) {
    if let Ok(mut left_behind) = Client::connect(place)
        && left_behind.is_of_a_past_session()
    {
        // It may be on its way already.
        let _ = left_behind.ask(Request::Do(Intent::Quit));
        left_behind.hangs_up_within(TURN);
    }
}

/// Has the program that the file holds now take this one's place. Nobody signed out, so nothing has changed for others
/// (F06).
fn start_anew(program: &Path, handover: Option<PipeReader>) -> Outcome {
    // One that was removed meanwhile goes on as what it is, where the system still has it.
    let running = Path::new("/proc/self/exe");
    let program = if !program.exists() && running.exists() { running } else { program };
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

/// What a start does when the program is there: the window opens, or there is a line to print.
fn greet(client: &mut Client) -> Result<Option<String>, Failure> {
    let Reply::Refused(refused) = client.ask(Request::Do(Intent::Open))? else { return Ok(None) };
    // That there is none is no fault; that the one that there is can't be shown is one.
    if let Reply::Doctor(checks) = client.ask(Request::Doctor)?
        && checks.iter().any(|check| check.part == "window" && check.state == CheckState::Failing)
    {
        return Err(Failure::Refused(refused.line));
    }
    match client.ask(Request::Status)? {
        Reply::Status { line, .. } => Ok(Some(line)),
        Reply::Refused(why) => Err(Failure::Refused(why.line)),
        _ => Ok(None),
    }
}

/// Linux says of a program that runs and was removed where it was, and that.
fn where_it_belongs(program: PathBuf) -> PathBuf {
    match program.to_str().and_then(|path| path.strip_suffix(" (deleted)")) {
        Some(path) if !program.exists() => PathBuf::from(path),
        _ => program,
    }
}

/// Starts this very program apart from the terminal. Its complaints go to a file that has no name.
fn spawn(place: &Place) -> Result<(Child, File), Failure> {
    let failed = |error: std::io::Error| Failure::Refused(format!("Halo can't be started: {error}"));
    let complaints = unnamed_file(place).map_err(failed)?;
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.arg("run").stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(complaints.try_clone().map_err(failed)?);
    os::apart(&mut command);
    Ok((command.spawn().map_err(failed)?, complaints))
}

/// In memory, where the system has that; else in the first folder that there is and that can be written.
fn unnamed_file(place: &Place) -> std::io::Result<File> {
    #[cfg(target_os = "linux")]
    if let Ok(file) = rustix::fs::memfd_create("halo-start", rustix::fs::MemfdFlags::CLOEXEC) {
        return Ok(file.into());
    }
    let name = format!("halo-start-{}", std::process::id());
    let in_folder = |folder: &Path| {
        let path = folder.join(&name);
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        // Windows removes it when the last one closes it; meanwhile it has its name.
        std::fs::remove_file(&path).ok();
        Ok(file)
    };
    in_folder(&std::env::temp_dir()).or_else(|_: std::io::Error| {
        crate::place::private_folder(&place.state).map_err(std::io::Error::other)?;
        in_folder(&place.state)
    })
}
