//! A screen reader: what it can learn of the window over the accessibility bus, and what it can do there for a person.

use e2e::{Accessibility, wait_until};
use tokio::runtime::{Builder, Runtime};
use zbus::names::OwnedBusName;
use zbus::proxy::CacheProperties;
use zbus::zvariant::OwnedObjectPath;
use zbus::{Connection, Proxy};

use super::PATIENCE;

/// What kind of thing something is, by AT-SPI's own numbers: the web view leaves their names empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    ComboBox = 11,
    Dialog = 16,
    Button = 43,
    Radio = 44,
    News = 54,
    Paragraph = 73,
    Heading = 83,
    Link = 88,
}

/// Positions in the set of states, by AT-SPI's own list.
const CHECKED: u32 = 4;
const SHOWING: u32 = 25;

/// Whose something is, and where.
type Place = (OwnedBusName, OwnedObjectPath);

/// Something that a screen reader can speak of.
#[derive(Debug, Clone)]
pub struct Thing {
    place: Place,
    depth: usize,
    role: u32,
    pub name: String,
    pub checked: bool,
    pub showing: bool,
}

pub struct ScreenReader {
    runtime: Runtime,
    bus: Connection,
}

impl ScreenReader {
    #[track_caller]
    pub fn start(accessibility: &Accessibility) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("an event loop");
        let connect = async { zbus::connection::Builder::address(accessibility.address())?.build().await };
        let bus = runtime.block_on(connect).expect("a place on the accessibility bus");
        Self { runtime, bus }
    }

    /// Waits until something of this role and name is there for which `holds`, and gives it.
    #[track_caller]
    pub fn finds(&self, role: Role, name: &str, holds: impl Fn(&Thing) -> bool) -> Thing {
        let mut found = None;
        wait_until(PATIENCE, || {
            found = self.all(role).into_iter().find(|thing| thing.name == name && holds(thing));
            found.is_some()
        });
        found.unwrap_or_else(|| panic!("no such {role:?} “{name}”; a screen reader finds:\n{}", self.text()))
    }

    /// All of this role, in the order in which they are read.
    pub fn all(&self, role: Role) -> Vec<Thing> {
        self.everything().into_iter().filter(|thing| thing.role == role as u32).collect()
    }

    /// The running text of all paragraphs and news, in the order in which it is read.
    pub fn texts(&self) -> Vec<String> {
        let text = |thing: Thing| {
            let asked = async {
                self.proxy(&thing.place, "org.a11y.atspi.Text").await?.call::<_, _, String>("GetText", &(0, -1)).await
            };
            self.runtime.block_on(asked).ok().filter(|text| !text.is_empty())
        };
        let said = |thing: &Thing| [Role::Paragraph as u32, Role::News as u32].contains(&thing.role);
        self.everything().into_iter().filter(said).filter_map(text).collect()
    }

    /// Does what a person who finds it wants of it: presses a button, chooses a choice.
    #[track_caller]
    pub fn press(&self, thing: &Thing) {
        let press = async { self.proxy(&thing.place, "org.a11y.atspi.Action").await?.call("DoAction", &(0,)).await };
        let pressed: zbus::Result<bool> = self.runtime.block_on(press);
        assert!(matches!(pressed, Ok(true)), "“{}” can't be pressed: {pressed:?}", thing.name);
    }

    /// Everything in all windows, in the order in which it is read. What goes while it is asked is passed over.
    fn everything(&self) -> Vec<Thing> {
        let name = OwnedBusName::try_from("org.a11y.atspi.Registry").expect("a sound name");
        let path = OwnedObjectPath::try_from("/org/a11y/atspi/accessible/root").expect("a sound path");
        let mut left = vec![((name, path), 0)];
        let mut things = Vec::new();
        while let Some((place, depth)) = left.pop() {
            if let Ok((thing, children)) = self.runtime.block_on(self.ask(place, depth)) {
                left.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
                things.push(thing);
            }
        }
        things
    }

    async fn ask(&self, place: Place, depth: usize) -> zbus::Result<(Thing, Vec<Place>)> {
        let proxy = self.proxy(&place, "org.a11y.atspi.Accessible").await?;
        let states: Vec<u32> = proxy.call("GetState", &()).await?;
        let is = |state: u32| states.first().is_some_and(|states| states >> state & 1 == 1);
        let role = proxy.call("GetRole", &()).await?;
        let name = proxy.get_property("Name").await?;
        // One by one: of a web view's page, `GetChildren` does not know.
        let count: i32 = proxy.get_property("ChildCount").await?;
        let mut children = Vec::new();
        for at in 0..count {
            children.push(proxy.call("GetChildAtIndex", &(at,)).await?);
        }
        drop(proxy);
        Ok((Thing { checked: is(CHECKED), showing: is(SHOWING), place, depth, role, name }, children))
    }

    async fn proxy<'a>(&self, place: &'a Place, interface: &'static str) -> zbus::Result<Proxy<'a>> {
        let (owner, path) = place;
        let proxy = zbus::proxy::Builder::new(&self.bus).destination(owner)?.path(path)?.interface(interface)?;
        proxy.cache_properties(CacheProperties::No).build().await
    }

    /// What is read, one line a thing, for a failure.
    fn text(&self) -> String {
        let line = |Thing { depth, role, name, checked, showing, .. }: &Thing| {
            let states = [(*checked, " checked"), (!showing, " not showing")];
            let states: String = states.into_iter().filter_map(|(is, word)| is.then_some(word)).collect();
            format!("{}{role} “{name}”{states}\n", "  ".repeat(*depth))
        };
        self.everything().iter().map(line).collect()
    }
}
