//! `halo-service user …`: who may sign in.

use std::io::{IsTerminal, Read};

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use protocol::Secret;
use protocol::team::{Person, Role};
use service::{Hashed, Service, Sharing};

use crate::config::Config;

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
    List,
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
    let (mut service, _) = Service::open(&config.data, config.policy()?, Sharing::Shared)?;
    match user {
        User::Add { name, label, role, group } => {
            if service.find(&name)?.is_some() {
                bail!("there is somebody named “{name}” already: choose another name, or change that account");
            }
            let hashed = Hashed::of(&ask_password()?)?;
            let label = label.unwrap_or_else(|| name.clone());
            service.add_person(&Person { name: name.clone(), label, role: role.into(), group }, &hashed)?;
            println!("{name} can sign in now");
        }
        User::Password { name } => {
            if service.find(&name)?.is_none() {
                bail!("there is nobody named “{name}”: halo-service user list shows who there is");
            }
            service.set_password(&name, &Hashed::of(&ask_password()?)?)?;
            println!("{name} has to sign in anew everywhere");
        }
        User::Remove { name } => {
            service.remove_person(&name)?;
            println!("{name} is removed");
        }
        User::List => {
            for (_, person) in service.everybody()? {
                let group = person.group.unwrap_or_default();
                println!("{}\t{}\t{:?}\t{group}", person.name, person.label, person.role);
            }
        }
    }
    Ok(())
}

/// From the terminal, twice; or the first line of what is piped in.
fn ask_password() -> anyhow::Result<Secret> {
    if std::io::stdin().is_terminal() {
        let password = rpassword::prompt_password("Password: ").context("the password can't be read")?;
        if rpassword::prompt_password("Again: ").context("the password can't be read")? != password {
            bail!("the two are not the same: nothing was changed");
        }
        return Ok(Secret::from(password));
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("the password can't be read from the standard input")?;
    Ok(Secret::from(text.lines().next().unwrap_or_default().to_owned()))
}
