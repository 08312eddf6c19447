//! The commands of a team's service: signing in and out, devices, people.

use std::io::{self, BufRead, IsTerminal, Write};
use std::time::{Duration, Instant};

use protocol::{Connection, Intent, Reply, Request, Secret};

use super::asking::{act, ask, done, setting, unexpected};
use super::failure::{Failure, Outcome};
use super::{output, start};
use crate::client::Client;
use crate::os;

/// How long a connection may take before a sign-in is called done all the same.
const PATIENCE: Duration = Duration::from_secs(5);

/// `halo sign-in`: asks for what wasn't said, and keeps the token in the keyring or, if the person agrees, nowhere.
pub fn sign_in(service: Option<String>, name: Option<String>, this_run_only: bool) -> Outcome {
    let mut client = start::reach(&os::place()?)?;
    let service = match service {
        Some(service) => service,
        None => setting("service")?.ok_or_else(|| {
            Failure::Refused("give the address of your team's service: halo sign-in presence.example".to_owned())
        })?,
    };
    let name = match name {
        Some(name) => name,
        None => prompt("Name: ")?,
    };
    let password = password()?;
    let intent = |client: &mut Client, this_run_only| {
        let (service, name, password) = (service.clone(), name.clone(), password.clone());
        client.ask_patiently(Request::Do(Intent::SignIn { service, name, password, this_run_only }), waiting)
    };
    match intent(&mut client, this_run_only)? {
        Reply::NoKeyring(why) if io::stdin().is_terminal() => {
            output::complain(&why.line);
            let answer = prompt("Stay signed in until Halo ends? [y/N] ")?;
            if !matches!(answer.to_lowercase().as_str(), "y" | "yes") {
                return Err(Failure::Refused("not signed in: nothing was changed".to_owned()));
            }
            done(intent(&mut client, true)?)?;
        }
        Reply::NoKeyring(why) => {
            let line = format!("{} For that: add --this-run-only", why.line);
            return Err(Failure::Refused(line));
        }
        reply => done(reply)?,
    }
    output::said(Some(&format!("Signed in to {service} as {name}.")))?;
    anew(client)
}

/// `halo sign-out`.
pub fn sign_out() -> Outcome {
    let mut client = Client::connect(&os::place()?)?;
    done(client.ask_patiently(Request::Do(Intent::SignOut), waiting)?)?;
    output::said(Some("Signed out: your status stays on this computer."))?;
    anew(client)
}

/// The service or the keyring takes its time; the keyring may show its prompt where nobody looks.
fn waiting() {
    output::complain("still working on it; if your desktop asks you to unlock your keyring, please do");
}

/// The program starts anew: it has ended when it hangs up, so that what follows finds the one that is signed in.
fn anew(mut client: Client) -> Outcome {
    while let Ok(Some(_)) = client.next() {}
    let place = os::place()?;
    start::wait_for_answer(&place)?;
    // What comes next on a command line should find it connected; if it isn't soon, its status says why.
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        match Client::connect(&place).and_then(|mut client| client.ask(Request::Status))? {
            Reply::Status { report, .. } if report.connection == Connection::Reconnecting => {}
            Reply::Status { line, .. } => return output::said(Some(&line)),
            other => return unexpected(&other),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// `halo devices`.
pub fn devices(json: bool) -> Outcome {
    match ask(Request::Devices)? {
        Reply::Devices(devices) => output::devices(&devices, json),
        other => unexpected(&other),
    }
}

/// `halo people`.
pub fn people(search: &[String], json: bool) -> Outcome {
    match ask(Request::People { search: search.join(" ") })? {
        Reply::People(people) if people.is_empty() && !json => {
            output::complain(&if search.is_empty() {
                "there is nobody else here whom you may see".to_owned()
            } else {
                format!("no one matches “{}”", search.join(" "))
            });
            Ok(())
        }
        Reply::People(people) => output::people(&people, json),
        other => unexpected(&other),
    }
}

/// `halo star`: says of whom and what, so that a slip is seen.
pub fn star(person: String, on: bool) -> Outcome {
    let said = format!("{person} is {} your favourites", if on { "among" } else { "no longer among" });
    act(Intent::Favourite { person, on })?;
    output::said(Some(&said))
}

/// `halo tell-when-free`, likewise.
pub fn tell_when_free(person: String, on: bool) -> Outcome {
    let said = if on {
        format!("You'll be notified the next time {person} is free")
    } else {
        format!("You won't be notified when {person} is free")
    };
    act(Intent::TellWhenFree { person, on })?;
    output::said(Some(&said))
}

fn prompt(question: &str) -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage("there is no terminal to ask for your name: add --name NAME".to_owned()));
    }
    let failed = |error: io::Error| Failure::Refused(error.to_string());
    let mut terminal = io::stderr();
    terminal.write_all(question.as_bytes()).and_then(|()| terminal.flush()).map_err(failed)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(failed)?;
    Ok(answer.trim().to_owned())
}

/// From the terminal without showing it, or the first line of what is piped in. Never an argument: those are public.
fn password() -> Result<Secret, Failure> {
    let failed = |error: io::Error| Failure::Refused(format!("the password can't be read: {error}"));
    let password = if io::stdin().is_terminal() {
        rpassword::prompt_password("Password: ").map_err(failed)?
    } else {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(failed)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    Ok(Secret::from(password))
}
