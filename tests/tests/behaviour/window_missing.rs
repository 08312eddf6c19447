//! A window that can't be shown.

use std::fs;

use e2e::{Desktop, Halo, halo_program, skip};

use crate::support::Notifications;

#[test]
fn bad_input_a_window_whose_library_is_missing_is_told_of_with_what_to_install() {
    if !halo_program().with_file_name("halo-window").exists() {
        return skip("the window is not built (it needs Node)");
    }
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    // The loader takes the first of that name, and can't use this one.
    let libraries = tempfile::tempdir().unwrap();
    fs::write(libraries.path().join("libwebkit2gtk-4.1.so.0"), "").unwrap();
    let path = libraries.path().to_str().unwrap();
    let mut halo = Halo::not_started(&desktop).with_variable("LD_LIBRARY_PATH", path);
    halo.start_again();
    let window = || {
        let doctor = halo.json(&["doctor", "--json"]);
        doctor.as_array().unwrap().iter().find(|check| check["part"] == "window").unwrap().clone()
    };
    assert_eq!(window()["state"], "working");
    let refused = halo.run(&[]);
    assert!(refused.code == 1 && refused.err.contains("apt install libwebkit2gtk-4.1-0"), "{refused:?}");
    let told = notifications.next("Halo");
    for words in ["The window can't be opened", "libwebkit2gtk-4.1.so.0", "apt install libwebkit2gtk-4.1-0"] {
        assert!(told.body.contains(words), "{}", told.body);
    }
    let check = window();
    assert_eq!(check["state"], "failing");
    assert!(check["why"].as_str().unwrap().contains("WebKitGTK"), "{check}");
}

#[test]
fn bad_input_a_window_that_may_not_be_started_is_said_so() {
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let folder = desktop.home().join("installed");
    fs::create_dir_all(&folder).unwrap();
    desktop.run("cp", &[halo_program().to_str().unwrap(), folder.join("halo").to_str().unwrap()]).unwrap();
    fs::write(folder.join("halo-window"), "").unwrap();
    let mut halo = Halo::not_started(&desktop).in_place_of(folder.join("halo"));
    halo.start_again();
    let refused = halo.run(&[]);
    assert!(refused.code == 1 && refused.err.contains("halo-window can't be started"), "{refused:?}");
}
