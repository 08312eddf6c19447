//! The real window as a screen reader finds it.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod window_support;

use e2e::{Desktop, Halo};
use window_support::{Role, ScreenReader, window_program};

#[test]
fn the_status_and_its_choices_are_found_by_role_and_name_and_chosen_without_a_mouse() {
    if window_program().is_none() {
        return;
    }
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let accessibility = desktop.start_accessibility().unwrap();
    let halo = Halo::start(&desktop);
    halo.expect(&[]);
    let reader = ScreenReader::start(&accessibility);

    // While it greets, nothing else is there to be found.
    reader.finds(Role::Dialog, "Welcome to Halo", |_| true);
    assert!(reader.all(Role::Radio).is_empty(), "{:?}", reader.all(Role::Radio));
    reader.press(&reader.finds(Role::Button, "Got it", |button| button.showing));

    reader.finds(Role::Heading, "Available", |heading| heading.showing);
    reader.finds(Role::Radio, "Available", |choice| choice.checked);
    for status in
        ["Busy", "Do not disturb", "Away", "Meeting", "Break 15 min", "Meal 30 min", "Training", "Out of Office"]
    {
        reader.finds(Role::Radio, status, |choice| !choice.checked);
    }
    for page in ["Now", "People", "History", "Settings", "Help"] {
        reader.finds(Role::Link, page, |link| link.showing);
    }

    // The row of a status has a button for its length beside it, which is no choice of its own and no list to choose from.
    assert!(reader.all(Role::ComboBox).is_empty(), "{:?}", reader.all(Role::ComboBox));
    let texts = reader.texts();
    let truth = texts.iter().filter(|text| text.contains("your default status")).count();
    assert_eq!(truth, 1, "why it is so is read once: {texts:?}");

    halo.set("meeting");
    reader.finds(Role::Heading, "Meeting", |heading| heading.showing);
    let meeting = reader.finds(Role::Radio, "Meeting", |choice| choice.checked);
    let checked = reader.all(Role::Radio).into_iter().filter(|choice| choice.checked);
    assert_eq!(checked.map(|choice| choice.name).collect::<Vec<_>>(), [meeting.name]);

    reader.press(&reader.finds(Role::Radio, "Break 15 min", |choice| choice.showing));
    halo.until_status("break");
    reader.finds(Role::Radio, "Break 15 min", |choice| choice.checked);
}
