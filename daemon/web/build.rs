//! Builds `web-ui` by npm and Vite, for `src/files.rs` to embed.
//!
//! Where npm is missing the build goes on without the page: the daemon then says at `/` how to get it.
//! `SIMGATE_UI` names a folder with a page that was built elsewhere.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// What the page is made from, below `web-ui`.
const SOURCES: [&str; 8] = [
    "build",
    "package.json",
    "package-lock.json",
    "src",
    "static",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
];

fn main() {
    println!("cargo::rustc-check-cfg=cfg(without_page)");
    println!("cargo::rerun-if-env-changed=SIMGATE_UI");
    let folder = |name| PathBuf::from(env::var_os(name).expect("cargo sets it"));
    let sources = folder("CARGO_MANIFEST_DIR").join("../../web-ui");
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", sources.join(source).display());
    }
    let out = folder("OUT_DIR");
    let page = match env::var_os("SIMGATE_UI") {
        Some(given) => Ok(PathBuf::from(given)),
        None => build(&sources, &out),
    };
    match page {
        Ok(page) => println!("cargo::rustc-env=SIMGATE_PAGE={}", page.display()),
        Err(why) => {
            println!("cargo::warning=built without the web page: {why}");
            println!("cargo::rustc-cfg=without_page");
        }
    }
}

/// Where the built page is, or why there is none. A fault of the page's own sources ends the build.
fn build(sources: &Path, out: &Path) -> Result<PathBuf, String> {
    install(sources)?;
    let page = out.join("page");
    let _ = fs::remove_dir_all(&page);
    let built = npm(sources)
        .args(["run", "build"])
        .env("SIMGATE_UI_OUT", &page)
        // Below the sources, since what stands there finds node_modules; no two profiles share one.
        .env(
            "SIMGATE_UI_WORK",
            format!(
                ".svelte-kit/{}",
                env::var("PROFILE").expect("cargo sets it")
            ),
        )
        .env("SIMGATE_UI_VERSION", env!("CARGO_PKG_VERSION"))
        .output();
    let built = built.map_err(|error| format!("npm: {error}"))?;
    assert!(
        built.status.success(),
        "web-ui does not build:\n{}",
        said(&built)
    );
    Ok(page)
}

/// Installs what the page is built with, unless exactly that is there.
fn install(sources: &Path) -> Result<(), String> {
    let wanted = fs::read(sources.join("package-lock.json"));
    let wanted = wanted.map_err(|error| format!("package-lock.json: {error}"))?;
    let installed = sources.join("node_modules/installed.json");
    if fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let done = npm(sources)
        .args(["ci", "--no-audit", "--no-fund"])
        .output();
    let done = done.map_err(|_| {
        "npm is not there. Install Node.js 20.19 or later with npm, then build again".to_owned()
    })?;
    if !done.status.success() {
        return Err(format!("npm ci failed: {}", said(&done).replace('\n', " ")));
    }
    fs::write(installed, wanted).map_err(|error| format!("node_modules: {error}"))
}

fn npm(sources: &Path) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(sources);
    command
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|text| String::from_utf8_lossy(text).into_owned())
        .concat()
}
