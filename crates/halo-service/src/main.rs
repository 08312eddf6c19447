//! A team's presence service: the presence of all its people, over HTTPS and a stream.
//!
//! It is `engine` with doors. **It must not know** of desktops, and holds no rule of presence itself.

mod account_changes;
mod accounts;
mod allowances;
mod backup;
mod callers;
mod certificates;
mod clock;
mod config;
mod connections;
mod guard;
mod http;
mod limits;
mod metrics;
mod networks;
mod policy;
mod readers;
mod serve;
mod shown;
mod writer;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::{Parser, Subcommand};

use config::Config;

/// The presence of all, kept in one file.
type Engine = engine::Engine<log_sqlite::Sqlite>;

/// The presence of a team
#[derive(Debug, Parser)]
#[command(name = "halo-service", version)]
struct Arguments {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until told to end
    Serve,
    /// The people of the service
    #[command(subcommand)]
    User(accounts::User),
    /// Write everything to a file, while the service runs or not
    Backup {
        /// The file, which must not exist yet
        file: PathBuf,
    },
    /// Put a backup in the place of what is there; the service must not run
    Restore {
        /// A file that `backup` wrote
        file: PathBuf,
    },
    /// The organisation's policy
    #[command(subcommand)]
    Policy(Policy),
    #[command(about = "Print the description of the interface (OpenAPI 3.1)")]
    Openapi,
    /// Write the manual pages into a folder
    #[cfg(feature = "manual")]
    #[command(hide = true)]
    Manual { folder: PathBuf },
}

#[derive(Debug, Subcommand)]
enum Policy {
    /// Say all that is wrong with a policy file, with lines; changes nothing
    Check {
        /// The file
        file: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(wrong) if wrong.use_stderr() => {
            // In the voice of everything else that it says.
            eprintln!("halo-service: {}", wrong.to_string().trim().trim_start_matches("error: "));
            return ExitCode::from(2);
        }
        Err(asked) => asked.exit(),
    };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("halo-service: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    if let Command::Openapi = arguments.command {
        print!("{}", http::openapi());
        return Ok(());
    }
    #[cfg(feature = "manual")]
    if let Command::Manual { folder } = &arguments.command {
        return Ok(clap_mangen::generate_to(<Arguments as clap::CommandFactory>::command(), folder)?);
    }
    if let Command::Policy(Policy::Check { file }) = &arguments.command {
        return check_policy(file);
    }
    let config = Config::load(arguments.config.as_deref(), |name| std::env::var(name).ok())?;
    match arguments.command {
        Command::Serve => serve::serve(&config),
        Command::User(user) => accounts::run(user, &config),
        Command::Backup { file } => backup::write(&config, &file),
        Command::Restore { file } => backup::restore(&config, &file),
        Command::Openapi | Command::Policy(_) => Ok(()),
        #[cfg(feature = "manual")]
        Command::Manual { .. } => Ok(()),
    }
}

fn check_policy(file: &Path) -> anyhow::Result<()> {
    let text = config::text_of(file)?;
    let findings = presence::check_policy(&text);
    for finding in &findings {
        println!("{}: {finding}", file.display());
    }
    if findings.is_empty() {
        println!("{} is in order", file.display());
        return Ok(());
    }
    bail!("correct the file where it says so, and check it again")
}
