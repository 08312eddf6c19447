//! How a command ends badly, and the exit codes for that.

use crate::client::Unanswered;

/// How a command ended badly.
#[derive(Debug)]
pub enum Failure {
    /// Refused or failed; exit code 1.
    Refused(String),
    /// Wrong words on the command line; exit code 2.
    Usage(String),
    /// No resident program; exit code 3.
    NotRunning,
    /// Nobody was asked, for nobody is named, or nobody could be reached; exit code 4.
    Unreachable(String),
    /// The resident program hung up: it is ending, or was killed. Exit code 1.
    HungUp,
}

impl From<Unanswered> for Failure {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::NotRunning => Self::NotRunning,
            Unanswered::HungUp => Self::HungUp,
            Unanswered::Broken(why) => Self::Refused(why),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Refused(format!("{error:#}"))
    }
}

/// How a command ends.
pub type Outcome = Result<(), Failure>;

/// The exit code where nobody answered, and nothing is wrong with an answer: another try may do.
pub const UNREACHABLE: u8 = 4;
