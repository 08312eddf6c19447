//! The tray on Linux: a `StatusNotifierItem`, drawn from the tray's value.

use std::sync::Arc;

use agent::{Row, Tick, Tray as Shown, TrayView};
use icons::Glyph;
use ksni::menu::{MenuItem, RadioGroup, RadioItem, StandardItem, SubMenu};
use ksni::{Category, Icon, OfflineReason, Status, ToolTip, Tray};
use protocol::Intent;
use signals::clock;
use tokio::sync::mpsc;

use super::health::Health;
use super::notifications::escaped;

/// The item that a tray host shows.
pub struct Ring {
    shown: Shown,
    /// What is drawn of it, as of the last change or the last time the menu was opened.
    view: TrayView,
    bus: Arc<Health>,
    ticks: mpsc::Sender<Tick>,
}

impl Ring {
    pub fn new(shown: Shown, bus: Arc<Health>, ticks: mpsc::Sender<Tick>) -> Self {
        Self { view: shown.view(clock::now().boot), shown, bus, ticks }
    }

    /// Shows this from now on.
    pub fn take(&mut self, shown: Shown) {
        self.shown = shown;
        self.menu_about_to_show();
    }

    fn click(&self, intent: Intent) {
        // What opens now may come to the front, and the pointer need not be shown as busy for long.
        self.bus.may_come_to_front(ksni::current_xdg_activation_token());
        // The loop is busy only if it hangs; then a click is no use either.
        let _ = self.ticks.try_send(Tick::Clicked(intent));
    }
}

impl Tray for Ring {
    fn id(&self) -> String {
        "halo".to_owned()
    }

    fn title(&self) -> String {
        format!("Halo: {}", self.view.title)
    }

    fn category(&self) -> Category {
        Category::Communications
    }

    fn status(&self) -> Status {
        Status::Active
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        let view = &self.view;
        let colour = view.glyph.tray_colour();
        let pixmap = |size: u32| {
            let data = icons::argb32(view.glyph, &view.badges, colour, size)?;
            let side = i32::try_from(size).ok()?;
            Some(Icon { width: side, height: side, data })
        };
        icons::SIZES.into_iter().filter_map(pixmap).collect()
    }

    fn tool_tip(&self) -> ToolTip {
        // A host may ask hours later; the times in it are as of then.
        let view = self.shown.view(clock::now().boot);
        // Hosts read the second part as markup, and the first as it is.
        ToolTip { title: view.title, description: escaped(&view.text), ..ToolTip::default() }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        if let Some(intent) = self.view.click.clone() {
            self.click(intent);
        }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        items(self.view.menu.clone())
    }

    /// The times that the menu offers are counted from when it is opened.
    fn menu_about_to_show(&mut self) {
        self.view = self.shown.view(clock::now().boot);
    }

    fn watcher_online(&self) {
        self.bus.tray_host_came(&self.ticks);
    }

    fn watcher_offline(&self, _reason: OfflineReason) -> bool {
        self.bus.tray_host_went();
        true
    }
}

/// Neighbouring choices are one group of radio rows.
fn items(rows: Vec<Row>) -> Vec<MenuItem<Ring>> {
    let mut items = Vec::new();
    let mut group = Vec::new();
    for row in rows {
        if let Row::Choice { label, glyph, checked, intent } = row {
            group.push((label, glyph, checked, intent));
            continue;
        }
        items.extend(radio(std::mem::take(&mut group)));
        items.push(item(row));
    }
    items.extend(radio(group));
    items
}

fn radio(group: Vec<(String, Option<Glyph>, bool, Intent)>) -> Option<MenuItem<Ring>> {
    if group.is_empty() {
        return None;
    }
    let selected = group.iter().position(|(.., checked, _)| *checked).unwrap_or(usize::MAX);
    let option = |(label, glyph, ..): &(String, Option<Glyph>, _, _)| RadioItem {
        label: plain(label),
        icon_data: picture(*glyph),
        ..Default::default()
    };
    let options = group.iter().map(option).collect();
    let intents: Vec<Intent> = group.into_iter().map(|(.., intent)| intent).collect();
    let select = Box::new(move |ring: &mut Ring, index: usize| {
        if let Some(intent) = intents.get(index) {
            ring.click(intent.clone());
        }
    });
    Some(RadioGroup { selected, select, options }.into())
}

fn item(row: Row) -> MenuItem<Ring> {
    match row {
        Row::Line | Row::Choice { .. } => MenuItem::Separator,
        Row::Text(label) => StandardItem { label: plain(&label), enabled: false, ..Default::default() }.into(),
        Row::Action(label, intent) => StandardItem {
            label: plain(&label),
            activate: Box::new(move |ring: &mut Ring| ring.click(intent.clone())),
            ..Default::default()
        }
        .into(),
        Row::Menu { label, glyph, rows } => {
            SubMenu { label: plain(&label), icon_data: picture(glyph), submenu: items(rows), ..Default::default() }
                .into()
        }
    }
}

/// The ring beside a row, as a PNG file.
fn picture(glyph: Option<Glyph>) -> Vec<u8> {
    glyph.map_or_else(Vec::new, |glyph| icons::row(glyph).to_vec())
}

/// An underscore would be taken for the mark of an access key.
fn plain(label: &str) -> String {
    label.replace('_', "__")
}
