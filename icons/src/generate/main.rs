//! Draws everything under `generated/`, and the contact sheet, from the SVG files.
//!
//! `icons-generate` writes what changed; `icons-generate --check` writes nothing, names what is stale and fails.

mod canvas;
mod draw;
mod icns;
mod ico;
mod outputs;
mod row;
mod sheet;
mod sources;
mod sprite;

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use outputs::{FOLDER, Output, outputs};
use sources::Sources;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let check = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--check"] => true,
        _ => {
            eprintln!("usage: icons-generate [--check]");
            return ExitCode::from(2);
        }
    };
    match run(Path::new(env!("CARGO_MANIFEST_DIR")), check) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("icons-generate: {why}");
            ExitCode::FAILURE
        }
    }
}

/// `icons` is the folder of the SVG files, in the workspace's root.
fn run(icons: &Path, check: bool) -> Result<ExitCode, Failure> {
    let root = icons.parent().ok_or("the icons lie in no workspace")?;
    let outputs = outputs(Sources(icons))?;
    let mut stale = 0;
    for Output { path, bytes } in &outputs {
        let place = root.join(path);
        if current(&place)?.as_ref() == Some(bytes) {
            continue;
        }
        stale += 1;
        if check {
            println!("stale: {path}");
        } else {
            fs::create_dir_all(place.parent().unwrap_or(root))?;
            fs::write(&place, bytes)?;
            println!("wrote {path}");
        }
    }
    for path in left_over(root, &outputs)? {
        stale += 1;
        println!("no longer drawn, remove it: {path}");
    }
    Ok(if check && stale > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn current(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(why),
    }
}

/// Files nothing draws any more, sorted. They are only named: the generator never deletes.
fn left_over(root: &Path, outputs: &[Output]) -> io::Result<Vec<String>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(root.join(FOLDER))? {
        let path = format!("{FOLDER}/{}", entry?.file_name().to_string_lossy());
        if !outputs.iter().any(|output| output.path == path) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
