//! The remote hub: a team's service, as whoever keeps a person's presence on this device sees it. It answers at once and
//! at any time, connected or not: nothing here waits for the network.

mod fetching;
mod hub;
mod leaving;
mod opening;
mod writing;

pub use self::fetching::FetchError;
pub use self::hub::RemoteHub;
pub use self::opening::Setup;
pub use self::writing::NotTaken;
