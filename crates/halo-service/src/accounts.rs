//! `halo-service user …`: who may sign in.

use std::io::{IsTerminal, Read};

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use engine::{AccountChange, AccountError, Hashed, LogError};
use log_sqlite::{Sharing, Sqlite};
use presence::Timestamp;
use protocol::Secret;
use protocol::service::{Person, Role};

use crate::backup;
use crate::config::Config;
use crate::kept::Engine;
use crate::policy;

#[derive(Debug, Subcommand)]
pub enum User {
    /// Add somebody; asks for their password, or reads it from the standard input
    Add {
        /// The name to sign in by
        name: String,
        /// What others call them: "Ada King"
        #[arg(long)]
        label: Option<String>,
        /// What they may do
        #[arg(long, value_enum, default_value = "agent")]
        role: Roles,
        /// Their team: agents see the people of their own
        #[arg(long)]
        group: Option<String>,
    },
    /// Change somebody's role, team or label; what is not named stays. A service that runs takes it up at once
    Set {
        /// Whom
        name: String,
        /// What they may do
        #[arg(long, value_enum)]
        role: Option<Roles>,
        /// Their team
        #[arg(long, conflicts_with = "no_group")]
        group: Option<String>,
        /// In no team
        #[arg(long)]
        no_group: bool,
        /// What others call them
        #[arg(long)]
        label: Option<String>,
    },
    /// Give somebody another password, which signs all their devices out
    Password {
        /// Whom
        name: String,
    },
    /// Remove somebody, and all that is kept of them
    Remove {
        /// Whom
        name: String,
    },
    /// Who there is
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Roles {
    Agent,
    Supervisor,
    Administrator,
}

impl From<Roles> for Role {
    fn from(role: Roles) -> Self {
        match role {
            Roles::Agent => Self::Agent,
            Roles::Supervisor => Self::Supervisor,
            Roles::Administrator => Self::Administrator,
        }
    }
}

/// Does it, beside a service that runs.
pub fn run(user: User, config: &Config) -> anyhow::Result<()> {
    let begins = matches!(user, User::Add { .. }) && !config.data.join("lock").exists();
    let mut sharing = if begins { Sharing::Shared } else { Sharing::Beside };
    // What an older program wrote is brought up to date only while no service is in there: its lock says so.
    let _lock = match Sqlite::open(&config.data, sharing) {
        Err(older @ LogError::Older { .. }) => {
            sharing = Sharing::Shared;
            Some(backup::lock(&config.data).map_err(|_| older)?)
        }
        _ => None,
    };
    let open = || {
        Sqlite::open(&config.data, sharing)
            .and_then(|(keeper, _)| Engine::of_accounts(keeper, policy::for_commands(config)))
    };
    let mut engine = open()?;
    match user {
        User::Add { name, label, role, group } => {
            engine::check_name(&name)?;
            if engine.find(&name).is_some() {
                return Err(AccountError::Taken(name).into());
            }
            // A service waits for whoever is in the log, and whoever is asked takes their time.
            drop(engine);
            let hashed = Hashed::of(&ask_password()?)?;
            let label = label.unwrap_or_else(|| name.clone());
            open()?.add_person(
                &Person { name: name.clone(), label, role: role.into(), group },
                &hashed,
                Timestamp::now(),
            )?;
            println!("{name} can sign in now");
        }
        User::Set { name, role, group, no_group, label } => {
            let group = if no_group { Some(None) } else { group.map(Some) };
            let change = AccountChange { role: role.map(Role::from), label, group };
            if change == AccountChange::default() {
                bail!("say what to change: --role, --group, --no-group or --label");
            }
            let person = engine.change_person(&name, &change)?;
            println!("{}", line(&person));
        }
        User::Password { name } => {
            if engine.find(&name).is_none() {
                bail!("no one is named “{name}”: halo-service user list shows everybody");
            }
            drop(engine);
            open()?.set_password(&name, &Hashed::of(&ask_password()?)?)?;
            println!("{name} has to sign in again everywhere");
        }
        User::Remove { name } => {
            engine.remove_person(&name)?;
            println!("{name} is removed");
        }
        User::List { json: true } => {
            let everybody: Vec<_> = engine.everybody().into_iter().map(|(_, person)| person).collect();
            println!("{}", serde_json::to_string(&everybody)?);
        }
        User::List { json: false } => {
            for (_, person) in engine.everybody() {
                println!("{}", line(&person));
            }
        }
    }
    Ok(())
}

/// An account in one line: name, label, role as it is given to `--role`, team.
fn line(person: &Person) -> String {
    let role = format!("{:?}", person.role).to_lowercase();
    format!("{}\t{}\t{role}\t{}", person.name, person.label, person.group.as_deref().unwrap_or_default())
}

/// From the terminal, twice; or the first line of what is piped in.
fn ask_password() -> anyhow::Result<Secret> {
    if std::io::stdin().is_terminal() {
        let password = rpassword::prompt_password("Password: ").context("the password can't be read")?;
        if rpassword::prompt_password("Again: ").context("the password can't be read")? != password {
            bail!("the two passwords differ: nothing was changed");
        }
        return Ok(Secret::from(password));
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("the password can't be read from the standard input")?;
    Ok(Secret::from(text.lines().next().unwrap_or_default().to_owned()))
}
