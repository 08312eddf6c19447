//! What travels between a device and a team's service: HTTP bodies, and the messages of the stream.
//!
//! All times are the service's. Errors are RFC 9457 problem details.

use jiff::Timestamp;
use presence::{Color, DeviceId, FOLD_VERSION, Fact, Glyph, Policy, State};
use serde::{Deserialize, Serialize};

use crate::change::Stamped;
use crate::intent::Notice;
use crate::report::{Activity, HeldAs, HeldItem, Reason};
use crate::secret::Secret;

/// The version of the stream and of the state that travels in it. It grows where an older device or service would
/// misunderstand, and with the fold, since a device folds facts on top of that state; what it would merely not know is
/// told by [`CAPABILITIES`], and skipped.
pub const STREAM_VERSION: u32 = FOLD_VERSION - 1;

/// The oldest version that still works with this one. A new fold alone raises it not: the state that travels is folded by
/// the service, and so right again with each connection.
pub const OLDEST_STREAM_VERSION: u32 = 2;

/// What this program can do on the stream besides what its version says. A name that the other side doesn't know means
/// nothing to it.
pub const CAPABILITIES: [&str; 3] = [
    // Keeps and passes on facts of a kind that it doesn't know, and skips such messages.
    "keeps_unknown",
    // Waits for as long as a service says when it turns a device away.
    "retry_after",
    SHORT,
];

/// Takes what others show without what it knows already: [`Down::Shows`].
pub const SHORT: &str = "short";

/// [`CAPABILITIES`], as they travel.
pub fn capabilities() -> Vec<String> {
    CAPABILITIES.map(str::to_owned).to_vec()
}

/// `POST /v1/sign-in`: name and password, once for each device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// The name to sign in by.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 100))]
    pub name: String,
    /// The password.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = Password, min_length = 1, max_length = 1000))]
    pub password: Secret,
    /// What the device is called, for the person's list of devices.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 100))]
    pub device: String,
}

/// The answer: a token for this device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SignedIn {
    /// To be sent as `Authorization: Bearer …` from now on.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub token: Secret,
    /// When it ends, unless it is renewed before.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub expires_at: Timestamp,
    /// This device's id.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub device: DeviceId,
    /// Who signed in.
    pub person: Person,
}

/// `POST /v1/token`: the token that takes the place of the one that asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Renewed {
    /// The new token. The old one goes on for a few minutes, or until this one is used.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub token: Secret,
    /// When it ends, unless it is renewed before.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub expires_at: Timestamp,
}

/// A person of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Person {
    /// The name that they sign in by.
    pub name: String,
    /// What people call them.
    pub label: String,
    /// What they may do.
    pub role: Role,
    /// Their team.
    pub group: Option<String>,
}

/// What a person may do (F07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Role {
    /// Sees their own team, changes their own presence.
    Agent,
    /// Sees everybody.
    Supervisor,
    /// Sees everybody, sets policy.
    Administrator,
}

/// A signed-in device, in its person's list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DeviceView {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub label: String,
    /// When it signed in.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub since: Timestamp,
    /// When it was last heard.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub seen: Option<Timestamp>,
    /// Whether it is connected now.
    pub connected: bool,
    /// Whether it is the one that asks.
    pub this: bool,
}

/// Another person, as those who may see them do: the primary status only (G14).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PersonView {
    /// The name that they sign in by.
    pub name: String,
    /// What people call them.
    pub label: String,
    /// Their team.
    pub group: Option<String>,
    /// What they show.
    pub presence: PublicPresence,
    /// Whether the one who asks keeps them among the favourites.
    pub favourite: bool,
    /// Whether the one who asks is to be told once they are free.
    pub tell_when_free: bool,
}

/// What others see of a presence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PublicPresence {
    /// The primary status.
    pub status: String,
    /// The ring's colour.
    pub color: Color,
    /// The ring's shape.
    pub glyph: Glyph,
    /// Since when.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
    /// When it ends by itself.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub until: Option<Timestamp>,
    /// The message beside it.
    pub message: Option<String>,
    /// What they are doing, beside it (G09).
    pub activity: Activity,
}

impl PublicPresence {
    /// Whether they can be spoken to now, as the organisation's policy has it (G16).
    pub fn is_free(&self, policy: &Policy) -> bool {
        policy.is_free(&self.status) && !self.activity.on_call
    }
}

/// How somebody is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// Among the favourites.
    Favourite,
    /// To be told of once, when they are free.
    TellWhenFree,
}

/// `GET /v1/me`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Me {
    /// Who asks.
    pub person: Person,
    /// From which device.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub device: DeviceId,
    /// When the token ends, unless it is renewed before.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub expires_at: Timestamp,
}

/// `GET /v1/me/presence`: one's own presence, with its reason.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OwnPresence {
    /// The status' id, secondary ones included.
    pub status: String,
    /// Its primary status.
    pub primary: String,
    /// Since when.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
    /// When it ends by itself.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: Reason,
    /// The id of what shows next, if that is known.
    pub returns_to: Option<String>,
    /// The message beside it.
    pub message: Option<String>,
    /// What the person is doing.
    pub activity: Activity,
    /// The place in the person's log that this is computed from.
    pub version: u64,
}

/// `POST /v1/me/changes`: all of them are recorded, or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Changes {
    /// In the order in which they happened.
    #[cfg_attr(feature = "schema", schema(min_items = 1, max_items = 100))]
    pub changes: Vec<Stamped>,
}

/// What a write came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Recorded {
    /// The place of the last change in the person's log.
    pub version: u64,
}

/// Something to keep for the digest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Hold {
    /// What wanted the person's attention.
    pub notice: Notice,
    /// Why it did not get it.
    pub held_as: HeldAs,
    /// When it came, if that was before the service hears of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub at: Option<Timestamp>,
}

/// What went wrong (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Problem {
    /// The kind, as a relative URI that stays the same: `/problems/wrong-password`…
    pub r#type: String,
    /// The kind, in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
}

/// What every [`Problem::type`](Problem) of a service of ours begins with. What answers otherwise is something else that
/// stands in its place: a proxy, a portal, a load balancer.
pub const PROBLEMS: &str = "/problems/";

/// The one problem that ends a sign-in.
pub const TOKEN_ENDED: &str = "/problems/token-ended";

/// What a device sends over the stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Up {
    /// First of all, once.
    Hello(Hello),
    /// A write.
    Write(Write),
}

/// How a device begins or goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// [`STREAM_VERSION`].
    pub version: u32,
    /// [`OLDEST_STREAM_VERSION`]; a device that doesn't say it works with its own version and later ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<u32>,
    /// What the device can do besides.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// Names this boot of the device: after another one, a session without an end is known to have ended (C10).
    pub boot: String,
    /// Whether the program has just started. If the session has ended, that is a sign-in (G01).
    pub starts: bool,
    /// What was asked for meanwhile, in order. It counts together with the return, so that nobody sees one without
    /// the other (C12).
    pub writes: Vec<Write>,
    /// Present while the device has not heard the service's clock since it booted: its stamps are by a clock of its own,
    /// and the service sets them right (C21).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_clock: Option<OwnClock>,
}

impl Hello {
    /// Whether a device that says this and a service of this version are known not to understand each other: what to do.
    pub fn mismatch(&self) -> Option<&'static str> {
        if self.version < OLDEST_STREAM_VERSION {
            Some("this service is too new for this Halo: update Halo")
        } else if self.oldest.is_some_and(|oldest| oldest > STREAM_VERSION) {
            Some("this service is too old for this Halo: its administrator must update it")
        } else {
            None
        }
    }
}

/// The clock of a device that does not know the service's. Nobody sets it while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnClock {
    /// What it shows as the hello is sent.
    pub shows: Timestamp,
    /// What it showed first: stamps from then on are by it.
    pub since: Timestamp,
}

/// A write and the key by which a second copy of it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Write {
    /// Unlike any other of the person's.
    pub key: String,
    /// What is asked for.
    pub what: Writing,
}

/// What can be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Writing {
    /// Changes of the presence: all, or none.
    Changes(Vec<Stamped>),
    /// Something to keep for the digest.
    Hold(Hold),
    /// A digest has told of what is held up to this number.
    Told(u64),
    /// Forget what is held up to this number.
    ClearHeld(u64),
    /// Forget the one of the held that has this number.
    ForgetHeld(u64),
    /// Keep a person among the favourites, or no longer.
    Favourite {
        /// Whom.
        person: String,
        /// Whether.
        on: bool,
    },
    /// Tell once a person is free, or no longer.
    TellWhenFree {
        /// Of whom.
        person: String,
        /// Whether.
        on: bool,
    },
}

/// What the service sends over the stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Down {
    /// Everything that holds now; the answer to [`Up::Hello`].
    Snapshot(Box<Snapshot>),
    /// All facts that one write came to, in order; never empty. The last one's `seq` is the version: after a gap,
    /// connect anew. They are to be taken in together and shown as one: a status without its message is nobody's.
    Facts(Vec<Fact>),
    /// The write with this key is recorded; facts that came of it went before.
    Done(String),
    /// The write with this key is refused, for good.
    Refused {
        /// Which.
        key: String,
        /// Why.
        problem: Problem,
    },
    /// All that is held, whenever that changed.
    Held(Vec<HeldItem>),
    /// A favourite or awaited person changed.
    Person(Box<PersonView>),
    /// Only what one of them shows changed; to devices that are capable of [`SHORT`].
    Shows(Box<Shows>),
    /// No longer among them.
    Forget(String),
    /// They are free now, which the person wanted to know. Said once.
    Free(Box<PersonView>),
    /// The device is signed out: why, in words.
    SignedOut(String),
}

impl Down {
    /// The names of what may be said. Anything else is of a later version, and skipped.
    pub const KINDS: [&str; 10] =
        ["snapshot", "facts", "done", "refused", "held", "person", "shows", "forget", "free", "signed_out"];
}

/// What a favourite or awaited person shows, without what a device knows of them or finds in the policy. It is whole:
/// what isn't here isn't shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shows {
    /// The name that they sign in by.
    pub name: String,
    /// A status of the policy.
    pub status: String,
    /// Since when, in milliseconds since 1970.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub since: Timestamp,
    /// When it ends by itself, the same.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "jiff::fmt::serde::timestamp::millisecond::optional"
    )]
    pub until: Option<Timestamp>,
    /// The message beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What they are doing, if they do anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<Activity>,
}

impl Shows {
    /// What a person shows, if it can be said shortly: its status, colour and shape are those of a row of the policy.
    pub fn of(name: &str, presence: &PublicPresence, policy: &Policy) -> Option<Self> {
        let row = policy.status(&presence.status.as_str().into())?;
        let is_as_its_row = (row.color, row.glyph) == (presence.color, presence.glyph);
        let whole = |at: Timestamp| Timestamp::from_millisecond(at.as_millisecond()).is_ok_and(|whole| whole == at);
        let is_whole = whole(presence.since) && presence.until.is_none_or(whole);
        (is_as_its_row && is_whole).then(|| Self {
            name: name.to_owned(),
            status: presence.status.clone(),
            since: presence.since,
            until: presence.until,
            message: presence.message.clone(),
            activity: (presence.activity != Activity::default()).then_some(presence.activity),
        })
    }

    /// The same in full; `None` if the policy has no such status.
    pub fn in_full(self, policy: &Policy) -> Option<PublicPresence> {
        let row = policy.status(&self.status.as_str().into())?;
        let Self { status, since, until, message, activity, .. } = self;
        let (color, glyph) = (row.color, row.glyph);
        Some(PublicPresence { status, color, glyph, since, until, message, activity: activity.unwrap_or_default() })
    }
}

/// Everything that a device needs to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Who.
    pub person: Person,
    /// This device.
    pub device: DeviceId,
    /// The service's clock.
    pub now: Timestamp,
    /// The organisation's policy.
    pub policy: Policy,
    /// The folded facts.
    pub state: State,
    /// The intervals of the last two days, the oldest first, without the one that lasts.
    pub recent: Vec<presence::Interval>,
    /// Where the history that is kept begins.
    pub kept_since: Option<Timestamp>,
    /// What is held.
    pub held: Vec<HeldItem>,
    /// The favourites and those awaited.
    pub people: Vec<PersonView>,
    /// How long a silent device is taken to be there.
    pub lease: Lease,
    /// When the token ends, unless it is renewed before.
    pub expires_at: Timestamp,
    /// What the service can do besides what its version says.
    #[serde(default)]
    pub capabilities: Vec<String>,
}

/// How the service knows that a device is there: it pings, the device answers. Each ping carries the service's clock
/// (milliseconds since 1970, eight bytes, big end first).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// About how often it pings, in seconds.
    pub ping_seconds: u32,
    /// After how long without a word others see that the connection is lost, in seconds.
    pub lost_seconds: u32,
}
