//! The program as a shell sees it: output, exit codes, files. What needs modems is tested end to end.

#![expect(
    clippy::unwrap_used,
    reason = "also in helpers, a test ends where it goes wrong"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const COMMANDS: [&str; 16] = [
    "serve",
    "demo",
    "check",
    "send",
    "messages",
    "conversations",
    "sims",
    "modems",
    "ussd",
    "key",
    "user",
    "audit",
    "setup-code",
    "config",
    "completions",
    "pdu",
];

fn simgate(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simgate"));
    for variable in ["SIMGATE_URL", "SIMGATE_KEY", "SIMGATE_KEY_FILE", "RUST_LOG"] {
        command.env_remove(variable);
    }
    command
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What a successful command prints.
fn done(arguments: &[&str]) -> String {
    let output = simgate(arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    stdout(&output)
}

/// What a refused command says.
fn refused(arguments: &[&str], code: i32) -> String {
    let output = simgate(arguments);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    stderr(&output)
}

/// The words of a command line, for a directory with this configuration.
fn at<'a>(config: &'a str, line: &'a str) -> Vec<&'a str> {
    line.split(' ').chain(["--config", config]).collect()
}

/// No file of the data directory holds a secret.
fn nothing_holds(dir: &TempDir, secret: &str) {
    for file in fs::read_dir(dir.path().join("data")).unwrap() {
        let octets = fs::read(file.unwrap().path()).unwrap();
        let mut places = octets.windows(secret.len());
        assert!(!places.any(|place| place == secret.as_bytes()));
    }
}

/// A directory with a configuration in it, and the way to the file.
fn configured(more: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("simgate.toml");
    let data = dir.path().join("data");
    let data = format!("data_dir = '{}'", data.display());
    let config = format!("{data}\n[http]\nlisten = \"127.0.0.1:0\"\n{more}");
    fs::write(&file, config).unwrap();
    (dir, file)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn every_command_has_help_and_the_leading_ones_have_examples() {
    let overview = done(&["--help"]);
    for command in COMMANDS {
        assert!(overview.contains(command), "{command}");
        let help = done(&[command, "--help"]);
        assert!(help.contains("Usage: simgate"), "{help}");
        let has_example = help.contains("simgate ") && help.contains("Example");
        assert!(has_example, "{command}");
    }
    for line in ["messages list", "sims set", "modems at", "key create"] {
        let (group, command) = line.split_once(' ').unwrap();
        let help = done(&[group, command, "--help"]);
        assert!(help.contains("Examples:"), "{line}");
    }
    assert!(overview.contains("Exit codes:"));
    assert!(done(&["--version"]).starts_with("simgate "));
}

#[test]
fn wrong_usage_is_exit_code_2_and_an_absent_daemon_3() {
    assert!(refused(&["no-such-command"], 2).contains("no-such-command"));
    assert!(refused(&["send"], 2).contains("<TO>"));
    assert!(refused(&["sims", "set", "8984011234567890123"], 2).contains("nothing to set"));
    assert!(refused(&["sims", "list", "--url", "ftp://127.0.0.1:1"], 2).contains("http://"));
    // Nothing listens on port 1.
    assert!(refused(&["sims", "list", "--url", "http://127.0.0.1:1"], 3).contains("127.0.0.1:1"));
    assert!(refused(&at("/nonexistent.toml", "key list"), 1).contains("/nonexistent.toml"));
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = done(&["completions", shell]);
        let mut commands = COMMANDS.iter();
        assert!(commands.all(|command| script.contains(command)), "{shell}");
    }
}

#[test]
fn the_default_file_can_be_used() {
    let default = done(&["config", "default"]);
    assert!(default.starts_with('#') && default.contains("\n[http]\n"));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("simgate.toml");
    let data = format!("data_dir = '{}'", dir.path().join("data").display());
    let usable = default.replace("data_dir = \"/var/lib/simgate\"", &data);
    fs::write(&file, usable).unwrap();
    assert!(done(&at(text(&file), "check")).contains("ok    config"));
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_simgate"))
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stderr(&output), "");
}

#[test]
fn check_names_what_is_wrong() {
    let (dir, good) = configured("");
    assert!(done(&at(text(&good), "check")).contains("ok    data"));
    let report = done(&at(text(&good), "check --json"));
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["ok"], true);
    assert!(!dir.path().join("data").exists(), "a check changes nothing");

    let (_dir, unknown) = configured("lisen = 1\n");
    let said = refused(&at(text(&unknown), "check"), 1);
    for told in ["FAIL", "lisen", "simgate.toml"] {
        assert!(said.contains(told), "{said}");
    }
    let (_dir, range) = configured("max_body_bytes = 1\n");
    let said = refused(&at(text(&range), "check"), 1);
    let told = "line 4: http.max_body_bytes: 1 is out of range: 4096 to";
    assert!(said.contains(told), "{said}");
    assert!(refused(&at("/nonexistent.toml", "check"), 1).contains("/nonexistent.toml"));
    assert!(refused(&at(text(&unknown), "serve"), 1).contains("lisen"));
}

#[test]
fn check_looks_at_directory_database_and_ports() {
    let (plain, config) = configured("");
    let file = plain.path().join("modem0");
    fs::write(&file, "").unwrap();
    let file = file.display();
    let ports = format!("[modems]\nports = ['{file}', \"/nonexistent/modem*\"]\n");
    fs::write(&config, fs::read_to_string(&config).unwrap() + &ports).unwrap();
    let output = simgate(&at(text(&config), "check"));
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("modem0: not a serial port"), "{said}");
    assert!(stdout(&output).contains("warn  port      /nonexistent/modem* matches nothing"));

    let (blocked, config) = configured("");
    fs::write(blocked.path().join("data"), "").unwrap();
    assert!(refused(&at(text(&config), "check"), 1).contains("not a directory"));

    let (damaged, config) = configured("");
    fs::create_dir(damaged.path().join("data")).unwrap();
    let database = damaged.path().join("data/simgate.db");
    fs::write(database, "this is no database".repeat(999)).unwrap();
    assert!(refused(&at(text(&config), "check"), 1).contains("FAIL  database"));
}

#[test]
fn keys_are_made_listed_and_revoked_without_a_daemon() {
    let (dir, config) = configured("");
    let config = text(&config);
    let create = at(config, "key create shop --scopes send,read");
    let key = done(&create);
    let secret = key.strip_suffix('\n').unwrap();
    assert!(secret.starts_with("sg_") && secret.len() == 43, "{key}");
    let mode = fs::metadata(dir.path().join("data"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o750);
    let limits = "--scopes admin --allow-from 10.0.0.0/24,192.0.2.7 --rate 20";
    let limited = format!("key create limited {limits}");
    let typo = format!("{limited} --groups viettle");
    assert!(refused(&at(config, &typo), 1).contains("no SIM is in the group viettle"));
    done(&at(config, &limited));

    let said = refused(&at(config, "key create shop"), 1);
    assert!(said.contains("shop"), "{said}");
    assert!(refused(&at(config, "key create x --scopes root"), 2).contains("root"));

    let listed = done(&at(config, "key list --json"));
    let keys: Vec<Value> = listed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(keys[0]["name"], "shop");
    assert_eq!(keys[0]["scopes"], json!(["send", "read"]));
    let allowed = json!(["10.0.0.0/24", "192.0.2.7/32"]);
    assert_eq!(keys[1]["allowed_from"], allowed);
    assert_eq!(keys[1]["rate_per_second"], 20);
    // Only a hash is kept.
    assert!(!listed.contains(secret));
    nothing_holds(&dir, secret);

    let rotated = done(&at(config, "key rotate shop"));
    assert!(rotated.starts_with("sg_") && rotated != key, "{rotated}");
    refused(&at(config, "key rotate nobody"), 1);
    let past = "key create y --expires 2020-01-01T00:00:00Z";
    refused(&at(config, past), 2);
    done(&at(config, "key revoke shop"));
    assert!(!done(&at(config, "key list")).contains("shop"));
    assert!(done(&at(config, "key list --all")).contains("shop"));
    refused(&at(config, "key revoke shop"), 1);
    // The name is free again.
    assert_ne!(done(&create), key);
}

#[test]
fn users_are_made_changed_and_removed_without_a_daemon() {
    let (dir, config) = configured("");
    let config = text(&config);
    let path = dir.path().join("password");
    fs::write(&path, "correct horse\n").unwrap();
    let password = ["--password-file", text(&path)];
    let user = |line| at(config, line);
    let code = done(&at(config, "setup-code"));
    assert_eq!(code.len(), 20, "{code}");

    let anna = user("user add Anna --role admin");
    assert!(refused(&anna, 2).contains("--password-file"));
    done(&[anna.as_slice(), &password].concat());
    let again = [anna.as_slice(), &password].concat();
    assert!(refused(&again, 1).contains("already"));
    done(&[user("user add bert").as_slice(), &password].concat());
    let said = refused(&at(config, "setup-code"), 1);
    assert!(said.contains("users already"), "{said}");

    assert!(refused(&user("user set anna --role viewer"), 1).contains("last admin"));
    assert!(refused(&user("user remove anna"), 1).contains("last admin"));
    done(&user("user set bert --role admin"));
    done(&user("user remove anna"));
    assert!(refused(&user("user remove anna"), 1).contains("no user"));
    done(&[user("user password bert").as_slice(), &password].concat());
    done(&user("user totp-off bert"));
    fs::write(&path, "short\n").unwrap();
    let short = [user("user password bert").as_slice(), &password].concat();
    assert!(refused(&short, 1).contains("at least 10"));

    let listed = done(&user("user list --json"));
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!([&listed["name"], &listed["role"]], ["bert", "admin"]);
    nothing_holds(&dir, "correct horse");
}

#[test]
fn the_key_may_come_from_a_file() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "sg_x").unwrap();
    let path = text(file.path());
    let list = ["sims", "list", "--key-file", path];
    refused(&[&list[..], &["--url", "http://127.0.0.1:1"]].concat(), 3);
    let said = refused(&["sims", "list", "--key-file", "/nonexistent"], 2);
    assert!(said.contains("/nonexistent"), "{said}");
}

#[test]
fn the_chain_of_the_audit_is_verified_on_the_data_directory() {
    let (dir, file) = configured("");
    let file = text(&file);
    let verify = at(file, "audit verify");
    let holding = |hash: &str| format!("audit verify --contains {hash}");
    assert!(refused(&verify, 1).contains("no database there"));
    for name in ["a", "b", "c"] {
        done(&at(file, &format!("key create {name}")));
    }
    let said = done(&verify);
    let told = said.starts_with("3 rows fit; the last is row 3, ");
    assert!(told, "{said}");
    let hash = said.trim().rsplit(' ').next().unwrap().to_owned();
    done(&at(file, "key revoke a"));
    done(&at(file, &holding(&hash)));
    let other = holding(&"0".repeat(64));
    assert!(refused(&at(file, &other), 1).contains("cut off"));
    refused(&at(file, &holding("xyz")), 2);

    // No database is asked where somebody writes into its file.
    let database = dir.path().join("data/simgate.db");
    let mut octets = fs::read(&database).unwrap();
    let mut places = octets.windows(10);
    let place = places.position(|found| found == b"made key b").unwrap();
    octets[place + 9] = b'x';
    fs::write(&database, octets).unwrap();
    let said = refused(&verify, 1);
    assert!(said.contains("audit row 2, of "), "{said}");
    let json = simgate(&at(file, "audit verify --json"));
    let json: Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert_eq!(
        json!([json["ok"], json["first_wrong_row"]]),
        json!([false, 2])
    );
}
