//! What stands beside the program: the unit for systemd, and the check of a policy.

use std::process::Command;

use e2e::{TeamService, run_to_end, skip};

#[test]
fn the_unit_for_systemd_is_in_order_and_keeps_the_service_in_its_room() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return skip("systemd-analyze is not installed");
    }
    let unit = concat!(env!("CARGO_MANIFEST_DIR"), "/../packaging/halo-service.service");
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(unit).unwrap().replace("/usr/bin/halo-service", "/bin/true");
    let here = folder.path().join("halo-service.service");
    std::fs::write(&here, text).unwrap();
    let mut verify = Command::new("systemd-analyze");
    run_to_end(verify.arg("verify").arg(&here)).unwrap();
    let mut security = Command::new("systemd-analyze");
    security.args(["security", "--offline=true", "--threshold=20", "--no-pager"]).arg(&here);
    run_to_end(&mut security).unwrap();
}

#[test]
fn a_policy_is_checked_with_lines_before_it_is_used() {
    let service = TeamService::start(&[]);
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/presence/policies/genesys.toml");
    // To open a pipe would be to wait for ever.
    let pipe = service.file("pipe.toml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for what in
        [&["policy", "check", pipe.to_str().unwrap()][..], &["--config", pipe.to_str().unwrap(), "user", "list"]]
    {
        let said = service.run_with(what, "");
        assert!(said.code == 1 && said.err.contains("a folder, a pipe or a device: name a file"), "{what:?}: {said:?}");
    }
    let said = service.run_with(&["policy", "check", shipped], "");
    assert!(said.code == 0 && said.out.ends_with("is in order"), "{said:?}");
    let text = std::fs::read_to_string(shipped).unwrap();
    let mistaken = service.file("mistaken.toml");
    std::fs::write(
        &mistaken,
        text.replacen("[desk.lock]\nreplaces = [\"available\"", "[desk.lock]\nreplaces = [\"avail\"", 1),
    )
    .unwrap();
    let line = text[..text.find("[desk.lock]").unwrap()].matches('\n').count() + 2;
    let said = service.run_with(&["policy", "check", mistaken.to_str().unwrap()], "");
    let words = format!("mistaken.toml: line {line}: desk.lock.replaces names “avail”");
    assert!(said.code == 1 && said.out.contains(&words), "{said:?}");
    // Both programs say the same.
    let halo = Command::new(e2e::halo_program()).args(["policy", "check"]).arg(&mistaken).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&halo.stdout).trim_end(), said.out);
    assert_eq!(halo.status.code(), Some(1));
    let said = service.run_with(&["policy", "check", "/no/such/file"], "");
    assert!(said.code == 1 && said.err.contains("/no/such/file can't be read"), "{said:?}");
}
