//! Draws everything under `generated/` from the SVG files.
//!
//! `icons-generate` writes what changed; `icons-generate --check` writes nothing, names what is stale and fails.

mod draw;
mod outputs;

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use outputs::{Output, outputs};

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

/// `icons` is the folder of the SVG files.
fn run(icons: &Path, check: bool) -> Result<ExitCode, Failure> {
    let folder = icons.join("generated");
    let outputs = outputs(icons)?;
    let mut stale = 0;
    for Output { name, bytes } in &outputs {
        let path = folder.join(name);
        if current(&path)?.as_ref() == Some(bytes) {
            continue;
        }
        stale += 1;
        if check {
            println!("stale: generated/{name}");
        } else {
            fs::create_dir_all(&folder)?;
            fs::write(&path, bytes)?;
            println!("wrote generated/{name}");
        }
    }
    for name in left_over(&folder, &outputs)? {
        stale += 1;
        println!("no longer drawn, remove it: generated/{name}");
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
fn left_over(folder: &Path, outputs: &[Output]) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !outputs.iter().any(|output| output.name == name) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
