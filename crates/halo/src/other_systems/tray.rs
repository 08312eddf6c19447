//! The tray on Windows and macOS: an icon and a menu of the system's own, drawn from the tray's value.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use agent::{Row, Tick, Tray, TrayView};
use protocol::Intent;
use signals::clock;
use tokio::sync::{mpsc, watch};
use tray_icon::menu::{CheckMenuItem, IsMenuItem, Menu, MenuEvent, MenuId, MenuItem, PredefinedMenuItem, Submenu};
use tray_icon::{Icon, MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};

use super::health::Health;
use crate::os::habits::{self, CLICK_OPENS_WINDOW, OPENS_MENU};
use crate::os::main_thread::on_main_thread;

/// The longest tooltip of Windows, in the units that it counts.
const LONGEST_TOOLTIP: usize = 127;

thread_local! {
    /// The ring, on the main thread, the only one that may touch it.
    #[allow(clippy::missing_const_for_thread_local, reason = "it is; Clippy misses that on one of the systems")]
    static RING: RefCell<Option<Ring>> = const { RefCell::new(None) };
}

/// The icon that the system shows.
struct Ring {
    icon: TrayIcon,
    tray: Tray,
    /// What the rows of the menu stand for that was opened last.
    intents: HashMap<MenuId, Intent>,
    ticks: mpsc::Sender<Tick>,
}

/// Keeps the tray, for as long as the program runs.
pub async fn keep_tray(mut trays: watch::Receiver<Option<Tray>>, health: Arc<Health>, ticks: mpsc::Sender<Tick>) {
    if !health.wants_tray {
        return;
    }
    while trays.changed().await.is_ok() {
        let Some(tray) = trays.borrow_and_update().clone() else { continue };
        let (health, ticks) = (health.clone(), ticks.clone());
        on_main_thread(move || health.tray_is(show(tray, ticks).err().map(|error| error.to_string())));
    }
    // Taken away, so that the ring is gone from the panel before the process is.
    on_main_thread(|| RING.set(None));
}

fn show(tray: Tray, ticks: mpsc::Sender<Tick>) -> tray_icon::Result<()> {
    RING.with_borrow_mut(|ring| {
        let ring = match ring {
            Some(ring) => {
                ring.tray = tray;
                ring
            }
            None => ring.insert(Ring::new(tray, ticks)?),
        };
        let drawn = ring.draw();
        if drawn.is_err() {
            // There is no taskbar. One that comes takes what an icon was made with, not what it was changed to.
            ring.icon = icon(&ring.view())?;
        }
        drawn
    })
}

/// Has the ring do something; nothing where there is none, or where the ring itself led here.
fn with_ring(act: impl FnOnce(&mut Ring)) {
    RING.with(|ring| {
        if let Ok(mut ring) = ring.try_borrow_mut()
            && let Some(ring) = ring.as_mut()
        {
            act(ring);
        }
    });
}

impl Ring {
    fn new(tray: Tray, ticks: mpsc::Sender<Tick>) -> tray_icon::Result<Self> {
        TrayIconEvent::set_event_handler(Some(|event| with_ring(|ring| ring.touched(&event))));
        MenuEvent::set_event_handler(Some(|event: MenuEvent| with_ring(|ring| ring.picked(&event.id))));
        let icon = icon(&tray.view(clock::now().boot))?;
        Ok(Self { icon, tray, intents: HashMap::new(), ticks })
    }

    fn view(&self) -> TrayView {
        self.tray.view(clock::now().boot)
    }

    fn draw(&self) -> tray_icon::Result<()> {
        let view = self.view();
        self.icon.set_show_menu_on_left_click(left_click(&view).is_none());
        self.icon.set_icon(picture(&view))?;
        self.icon.set_tooltip(Some(tooltip(&view)))
    }

    /// Before the system shows the menu: the times that it offers are counted from when it is opened.
    fn touched(&mut self, event: &TrayIconEvent) {
        let TrayIconEvent::Click { button, button_state, .. } = event else { return };
        let view = self.view();
        if let Some(intent) = left_click(&view).filter(|_| *button == MouseButton::Left) {
            if *button_state == MouseButtonState::Up {
                self.click(intent);
            }
        } else if *button_state == OPENS_MENU {
            self.intents.clear();
            let menu = Menu::new();
            for item in items(view.menu, &mut self.intents) {
                let _ = menu.append(item.as_ref());
            }
            self.icon.set_menu(Some(Box::new(menu)));
        }
    }

    fn picked(&mut self, id: &MenuId) {
        if let Some(intent) = self.intents.get(id) {
            self.click(intent.clone());
        }
    }

    fn click(&self, intent: Intent) {
        // The loop is busy only if it hangs; then a click is no use either.
        let _ = self.ticks.try_send(Tick::Clicked(intent));
    }
}

/// What a left click means; `None` where it opens the menu, as it always does on macOS.
fn left_click(view: &TrayView) -> Option<Intent> {
    view.click.clone().filter(|_| CLICK_OPENS_WINDOW)
}

fn icon(view: &TrayView) -> tray_icon::Result<TrayIcon> {
    let mut icon = TrayIconBuilder::new().with_menu(Box::new(Menu::new())).with_tooltip(tooltip(view));
    if let Some(picture) = picture(view) {
        icon = icon.with_icon(picture);
    }
    icon.build()
}

fn picture(view: &TrayView) -> Option<Icon> {
    let wanted = habits::icon_size();
    let size = icons::SIZES.into_iter().find(|size| *size >= wanted).or(icons::SIZES.last().copied())?;
    let pixels = icons::argb32(view.glyph, &view.badges, view.glyph.tray_colour(), size)?;
    let rgba = pixels.chunks_exact(4).flat_map(|argb| [argb[1], argb[2], argb[3], argb[0]]).collect();
    Icon::from_rgba(rgba, size, size).ok()
}

fn tooltip(view: &TrayView) -> String {
    shortened(&format!("{}\n{}", view.title, view.text))
}

fn items(rows: Vec<Row>, intents: &mut HashMap<MenuId, Intent>) -> Vec<Box<dyn IsMenuItem>> {
    rows.into_iter().map(|row| item(row, intents)).collect()
}

fn item(row: Row, intents: &mut HashMap<MenuId, Intent>) -> Box<dyn IsMenuItem> {
    match row {
        Row::Line => Box::new(PredefinedMenuItem::separator()),
        Row::Text(label) => Box::new(MenuItem::new(plain(&label), false, None)),
        Row::Action(label, intent) => {
            let item = MenuItem::new(plain(&label), true, None);
            intents.insert(item.id().clone(), intent);
            Box::new(item)
        }
        Row::Choice { label, checked, intent, .. } => {
            let item = CheckMenuItem::new(plain(&label), true, checked, None);
            intents.insert(item.id().clone(), intent);
            Box::new(item)
        }
        Row::Menu { label, rows, .. } => {
            let menu = Submenu::new(plain(&label), true);
            for item in items(rows, intents) {
                // Fails only where the system has no memory for a row.
                let _ = menu.append(item.as_ref());
            }
            Box::new(menu)
        }
    }
}

/// An ampersand would be taken for the mark of an access key.
fn plain(label: &str) -> String {
    label.replace('&', "&&")
}

/// As much as Windows shows; it would show what lies behind it in memory otherwise.
fn shortened(text: &str) -> String {
    let mut units = 0;
    text.chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= LONGEST_TOOLTIP
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[cfg(windows)]
    use tray_icon::menu::MenuItemKind;

    use super::*;

    // On macOS only the main thread may make a menu.
    #[cfg(windows)]
    #[test]
    fn d10_each_row_is_drawn_as_what_it_is_and_stands_for_its_intent() {
        let choice = Row::Choice { label: "R&D".to_owned(), glyph: None, checked: true, intent: Intent::Back };
        let rows = vec![
            Row::Text("Available".to_owned()),
            Row::Line,
            choice,
            Row::Menu {
                label: "More".to_owned(),
                glyph: None,
                rows: vec![Row::Action("Undo".to_owned(), Intent::Undo)],
            },
        ];
        let mut intents = HashMap::new();
        let drawn: Vec<_> = items(rows, &mut intents).iter().map(|item| item.kind()).collect();
        let [
            MenuItemKind::MenuItem(text),
            MenuItemKind::Predefined(_),
            MenuItemKind::Check(choice),
            MenuItemKind::Submenu(more),
        ] = drawn.as_slice()
        else {
            panic!("other kinds of rows")
        };
        assert!(text.text() == "Available" && !text.is_enabled());
        assert!(choice.text() == "R&&D" && choice.is_checked());
        assert_eq!(intents.get(choice.id()), Some(&Intent::Back));
        let below = more.items();
        let [MenuItemKind::MenuItem(undo)] = below.as_slice() else { panic!("other rows below") };
        assert_eq!((undo.text(), intents.get(undo.id())), ("Undo".to_owned(), Some(&Intent::Undo)));
        assert_eq!(intents.len(), 2, "words stand for nothing");
    }

    #[test]
    fn a_long_tooltip_is_cut_and_a_label_keeps_its_ampersand() {
        assert_eq!(shortened(&"🍜".repeat(100)).encode_utf16().count(), 126);
        assert_eq!(shortened("Away"), "Away");
        assert_eq!(plain("R&D"), "R&&D");
    }
}
