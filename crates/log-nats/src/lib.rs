//! The log on NATS JetStream: for a service of several nodes, or beside a broker that is there anyway.
//!
//! # What lies where
//!
//! Two streams. `HALO` has the entries, one message each, under `halo.entry.<kind>.<id>`: a position is a sequence
//! number of that stream. `HALO-BASES` has what removed beginnings came to (`halo.base.<kind>.<id>`) and the keys of
//! what was in them (`halo.keys.<kind>.<id>`). The name is an option, and its lower case begins the subjects. A
//! message's body is an entry's facts, one a line; everything else stands in its headers. Streams that somebody made
//! before are taken as they are if they drop nothing by themselves.
//!
//! # Who comes first
//!
//! Each message says which one it follows in its subject (`Nats-Expected-Last-Subject-Sequence`), and the server
//! refuses it if another came first. The keeper remembers that number, the place and the keys of each subject that it
//! wrote to. What is remembered can be out of date, but then the server refuses, and the keeper reads the subject anew.
//! So whatever the server takes was judged by the whole truth, keys included, however many keepers write.
//!
//! A batch is sent without waiting, as far as each entry is of another subject, and lies in the order in which it was
//! given; only an entry that has to be judged again comes after what was sent with it.
//!
//! # Writes that come twice
//!
//! A broker's own window for duplicates is minutes; a key is good for two weeks. It stands in its entry's headers, so
//! entry and key are one message: there is no moment between them. Who meets a subject for the first time reads the
//! headers of its last 15 days, counted from its last entry by the server's clock. Before entries are cut off, their
//! keys are written aside.
//!
//! # What “durable” means here
//!
//! An acknowledged entry outlives every program: JetStream has handed it to the operating system. It is **not** on the
//! disk yet: `nats-server` 2.9 syncs now and then, minutes apart, and has no setting for that; newer ones have
//! `sync_interval`, which may be `always`. With one server, a power cut costs what was written since. With three
//! (`replicas: 3`), an entry is acknowledged when two have it, and it takes the loss of both to lose it. Where one
//! server must outlive a power cut, keep the log in a file instead, or take a newer server and `sync_interval: always`.
//!
//! # Time
//!
//! Each call ends within [`Options::limit`]; those that remove do so in steps, each of which ends within it. After a
//! call that got no answer the connection is dropped with all that it still held, so that nothing is written long after
//! it was given up.

mod escape;
mod fault;
mod keeper;
mod known;
mod line;
mod message;
mod options;
mod read;
mod remove;
mod shelf;
mod streams;
mod write;

pub use keeper::Nats;
pub use options::Options;
