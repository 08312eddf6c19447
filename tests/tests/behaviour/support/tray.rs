//! A tray host without a screen: it reads what a panel or a screen reader reads, and clicks.

#![expect(clippy::unused_self, clippy::used_underscore_binding, reason = "the shape of an interface's methods")]

use std::collections::HashMap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use e2e::{Desktop, SOON, wait_until};
use futures_util::StreamExt as _;
use zbus::Connection;
use zbus::fdo::DBusProxy;
use zbus::message::{Body, Header};
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{DynamicType, OwnedValue, Structure, Value};

use super::peer::Peer;

const ITEM: &str = "org.kde.StatusNotifierItem";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const MENU: &str = "com.canonical.dbusmenu";

/// What a host keeps in mind of the items that register.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// All, each until its name is gone.
    Sound,
    /// A name that vanishes is noticed a moment later, when another item may have it: that one is forgotten then, as in
    /// GNOME's extension.
    ByName,
    /// The first item slips its mind.
    ForgetsTheFirst,
    /// Sound, but it takes its time to take an item.
    Slow,
}

pub struct TrayHost {
    listed: Arc<Mutex<Vec<String>>>,
    peer: Peer,
    items: Receiver<OwnedUniqueName>,
    item: OwnedUniqueName,
}

/// A row of the menu.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    id: i32,
    /// Empty for a line between rows.
    pub label: String,
    pub enabled: bool,
    /// Whether it is one of several of which one holds, and whether it is the one.
    pub radio: Option<bool>,
    /// The picture beside it, as a file; empty where it has none.
    pub picture: Vec<u8>,
    pub rows: Vec<Row>,
}

impl TrayHost {
    /// Takes the host's place on the desktop's session bus. The item comes once the program runs: see
    /// [`TrayHost::wait_for_item`].
    pub fn start(desktop: &Desktop) -> Self {
        Self::with_memory(desktop, Memory::Sound)
    }

    /// The same, with a memory like that.
    pub fn with_memory(desktop: &Desktop, memory: Memory) -> Self {
        let (registered, items) = mpsc::channel();
        let listed = Arc::<Mutex<Vec<String>>>::default();
        let watcher = Watcher { registered, memory, listed: listed.clone(), count: 0 };
        let peer = Peer::connect(&desktop.session_bus().address(), |builder| {
            builder.serve_at("/StatusNotifierWatcher", watcher)?.name("org.kde.StatusNotifierWatcher")
        });
        let nobody = OwnedUniqueName::try_from(":0.0").expect("a sound name");
        Self { listed, peer, items, item: nobody }
    }

    /// The items that it shows.
    pub fn listed(&self) -> Vec<String> {
        self.listed.lock().expect("nobody panics with it").clone()
    }

    /// A person clicks on the item, and the desktop gives leave to come to the front.
    #[track_caller]
    pub fn activate(&self, token: &str) {
        self.call("/StatusNotifierItem", ITEM, "ProvideXdgActivationToken", &(token,));
        self.call("/StatusNotifierItem", ITEM, "Activate", &(0_i32, 0_i32));
    }

    /// Waits until an item has registered; from then on it is the one that is read.
    #[track_caller]
    pub fn wait_for_item(&mut self) {
        self.item = self.items.recv_timeout(SOON).expect("no item came to the tray");
    }

    /// Waits until an item with this title has registered, and reads that one from then on. A ring that was caught
    /// half registered goes and comes again, as a person sees it on a panel.
    #[track_caller]
    pub fn wait_for_item_called(&mut self, title: &str) {
        self.wait_for_item();
        let came = wait_until(SOON, || {
            if let Ok(item) = self.items.try_recv() {
                self.item = item;
            }
            let body = self.try_call("/StatusNotifierItem", PROPERTIES, "Get", &(ITEM, "Title"));
            body.is_ok_and(|body| body.deserialize::<Value<'_>>().is_ok_and(|found| found == Value::from(title)))
        });
        assert!(came, "no ring came that is “{title}”");
    }

    /// The item's name for people who can't see it.
    #[track_caller]
    pub fn title(&self) -> String {
        self.property("Title").try_into().expect("a title")
    }

    /// The two parts of what shows under the mouse.
    #[track_caller]
    pub fn tool_tip(&self) -> (String, String) {
        let tip: Structure<'_> = self.property("ToolTip").try_into().expect("a tooltip");
        match tip.fields() {
            [.., Value::Str(title), Value::Str(text)] => (title.to_string(), text.to_string()),
            other => panic!("not a tooltip: {other:?}"),
        }
    }

    /// The pictures: side length in pixels, and the ARGB bytes.
    #[track_caller]
    pub fn pictures(&self) -> Vec<(i32, Vec<u8>)> {
        let body = self.call("/StatusNotifierItem", PROPERTIES, "Get", &(ITEM, "IconPixmap"));
        let value: Value<'_> = body.deserialize().expect("a value");
        let Value::Array(pictures) = value else { panic!("not pictures: {value:?}") };
        let picture = |value: &Value<'_>| match value {
            Value::Structure(picture) => match picture.fields() {
                [Value::I32(width), Value::I32(height), Value::Array(bytes)] => {
                    assert_eq!(width, height, "rings are round");
                    let bytes = bytes.iter().map(|byte| u8::try_from(byte).expect("bytes")).collect();
                    (*width, bytes)
                }
                other => panic!("not a picture: {other:?}"),
            },
            other => panic!("not a picture: {other:?}"),
        };
        pictures.iter().map(picture).collect()
    }

    /// The menu, as if it were opened.
    #[track_caller]
    pub fn menu(&self) -> Row {
        self.call("/MenuBar", MENU, "AboutToShow", &(0_i32,));
        let nothing: &[&str] = &[];
        let body = self.call("/MenuBar", MENU, "GetLayout", &(0_i32, -1_i32, nothing));
        let layout: Structure<'_> = body.deserialize().expect("a layout");
        match layout.fields() {
            [_, Value::Structure(root)] => row(root),
            other => panic!("not a layout: {other:?}"),
        }
    }

    /// Waits until the menu is one for which `holds`, and gives it.
    #[track_caller]
    pub fn until(&self, what: &str, mut holds: impl FnMut(&Row) -> bool) -> Row {
        let mut menu = self.menu();
        let came = wait_until(SOON, || {
            menu = self.menu();
            holds(&menu)
        });
        assert!(came, "no menu that is “{what}” came; the latest:\n{}", menu.text());
        menu
    }

    /// Clicks the row at the end of `path` (labels, or how they begin), as soon as the menu offers it.
    #[track_caller]
    pub fn click(&self, path: &[&str]) {
        let offered = |menu: &Row| path.iter().try_fold(menu.clone(), |row, label| row.find(label).cloned());
        let menu =
            self.until(&format!("one that offers {path:?}"), |menu| offered(menu).is_some_and(|row| row.enabled));
        let id = offered(&menu).expect("it is offered").id;
        self.call("/MenuBar", MENU, "Event", &(id, "clicked", Value::I32(0), 0_u32));
    }

    #[track_caller]
    fn property(&self, name: &str) -> OwnedValue {
        let body = self.call("/StatusNotifierItem", PROPERTIES, "Get", &(ITEM, name));
        body.deserialize().expect("a value")
    }

    #[track_caller]
    fn call<B: serde::Serialize + DynamicType>(&self, path: &str, interface: &str, method: &str, body: &B) -> Body {
        self.try_call(path, interface, method, body).unwrap_or_else(|error| panic!("{method} failed: {error}"))
    }

    fn try_call<B>(&self, path: &str, interface: &str, method: &str, body: &B) -> zbus::Result<Body>
    where
        B: serde::Serialize + DynamicType,
    {
        let item = Some(&self.item);
        let answer = self.peer.wait(self.peer.connection().call_method(item, path, Some(interface), method, body));
        Ok(answer?.body())
    }
}

impl Row {
    /// The row whose label is `label`, or else begins with it.
    #[track_caller]
    pub fn row(&self, label: &str) -> &Self {
        self.find(label).unwrap_or_else(|| panic!("no row “{label}” in:\n{}", self.text()))
    }

    /// The same, if it is there.
    pub fn find(&self, label: &str) -> Option<&Self> {
        let exactly = self.rows.iter().find(|row| row.label == label);
        exactly.or_else(|| self.rows.iter().find(|row| row.label.starts_with(label)))
    }

    /// The labels of its rows, without lines.
    pub fn labels(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row.label.as_str()).filter(|label| !label.is_empty()).collect()
    }

    /// The radio row that holds.
    pub fn chosen(&self) -> Option<&str> {
        self.rows.iter().find(|row| row.radio == Some(true)).map(|row| row.label.as_str())
    }

    /// As text, for a failure.
    pub fn text(&self) -> String {
        self.lines(0)
    }

    fn lines(&self, depth: usize) -> String {
        let indent = "  ".repeat(depth);
        let mark = match self.radio {
            Some(true) => "(x) ",
            Some(false) => "( ) ",
            None => "",
        };
        let own = format!("{indent}{mark}{}{}\n", self.label, if self.enabled { "" } else { "  [not now]" });
        self.rows.iter().fold(own, |text, row| text + row.lines(depth + 1).as_str())
    }
}

/// Reads `(id, properties, children)`.
fn row(structure: &Structure<'_>) -> Row {
    let [Value::I32(id), Value::Dict(properties), Value::Array(children)] = structure.fields() else {
        panic!("not a row: {structure:?}")
    };
    let properties: HashMap<&str, &Value<'_>> = properties
        .iter()
        .filter_map(|(key, value)| match (key, value) {
            (Value::Str(key), Value::Value(value)) => Some((key.as_str(), &**value)),
            (Value::Str(key), value) => Some((key.as_str(), value)),
            _ => None,
        })
        .collect();
    let text = |key: &str| match properties.get(key) {
        Some(Value::Str(text)) => text.to_string(),
        _ => String::new(),
    };
    let picture = match properties.get("icon-data") {
        Some(Value::Array(bytes)) => bytes.iter().map(|byte| u8::try_from(byte).expect("bytes")).collect(),
        _ => Vec::new(),
    };
    let rows = children.iter().map(|child| match child {
        Value::Value(inner) => match &**inner {
            Value::Structure(structure) => row(structure),
            other => panic!("not a row: {other:?}"),
        },
        Value::Structure(structure) => row(structure),
        other => panic!("not a row: {other:?}"),
    });
    Row {
        id: *id,
        // A doubled underscore is an underscore, a single one marks an access key.
        label: text("label").replace("__", "_"),
        enabled: !matches!(properties.get("enabled"), Some(Value::Bool(false))),
        radio: (text("toggle-type") == "radio").then(|| matches!(properties.get("toggle-state"), Some(Value::I32(1)))),
        picture,
        rows: rows.collect(),
    }
}

struct Watcher {
    registered: Sender<OwnedUniqueName>,
    memory: Memory,
    listed: Arc<Mutex<Vec<String>>>,
    count: usize,
}

/// How long a host may take to notice that a name is gone.
const NOTICES_AFTER: Duration = Duration::from_millis(200);

/// Forgets an item once its name is gone.
async fn forget(connection: Connection, name: String, listed: Arc<Mutex<Vec<String>>>) {
    let names = DBusProxy::new(&connection).await.expect("a bus");
    let mut owners = names.receive_name_owner_changed_with_args(&[(0, name.as_str())]).await.expect("a bus");
    while let Some(owner) = owners.next().await {
        if owner.args().is_ok_and(|owner| owner.new_owner().is_none()) {
            tokio::time::sleep(NOTICES_AFTER).await;
            listed.lock().expect("nobody panics with it").retain(|item| !item.starts_with(&name));
            return;
        }
    }
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(
        &mut self,
        service: &str,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) {
        let sender = header.sender().expect("whoever calls has a name").to_owned();
        let item = format!("{service}/StatusNotifierItem");
        if self.memory == Memory::Slow {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        self.count += 1;
        if self.memory != Memory::ForgetsTheFirst || self.count > 1 {
            let mut listed = self.listed.lock().expect("nobody panics with it");
            if !listed.contains(&item) {
                listed.push(item);
            }
            // By what it is called, or by who it is.
            let name = if self.memory == Memory::ByName { service.to_owned() } else { sender.to_string() };
            tokio::spawn(forget(connection.clone(), name, self.listed.clone()));
        }
        let _ = self.registered.send(sender.into());
    }

    fn register_status_notifier_host(&mut self, _service: &str) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.listed.lock().expect("nobody panics with it").clone()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(signal)]
    async fn status_notifier_host_registered(emitter: &zbus::object_server::SignalEmitter<'_>) -> zbus::Result<()>;
}
