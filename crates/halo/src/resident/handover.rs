//! Handing a sign-in for this run only to the program that takes this one's place.
//!
//! Arguments, environment and files can be read by others, and a keyring is what there isn't. So it goes through a pipe
//! that only this process holds, and that its successor (the same process, by then another program) reads to its end.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

use protocol::Secret;
use rustix::io::{FdFlags, fcntl_setfd};
use serde::{Deserialize, Serialize};

use super::account::{Account, SignedIn};

#[derive(Serialize, Deserialize)]
struct Handover {
    account: Account,
    token: Secret,
}
