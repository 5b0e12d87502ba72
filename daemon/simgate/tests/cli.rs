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

use tempfile::TempDir;

const COMMANDS: [&str; 15] = [
    "serve",
    "demo",
    "check",
    "send",
    "messages",
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
    assert_eq!(
        output.status.code(),
        Some(0),
        "{arguments:?}: {}",
        stderr(&output)
    );
    stdout(&output)
}

/// What a refused command says.
fn refused(arguments: &[&str], code: i32) -> String {
    let output = simgate(arguments);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}: {}",
        stdout(&output)
    );
    stderr(&output)
}

/// A directory with a configuration in it, and the way to the file.
fn configured(more: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("simgate.toml");
    let data = dir.path().join("data");
    fs::write(
        &file,
        format!(
            "data_dir = '{}'\n[http]\nlisten = \"127.0.0.1:0\"\n{more}",
            data.display()
        ),
    )
    .unwrap();
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
        assert!(
            help.contains("simgate ") && help.contains("Example"),
            "{command} has no example"
        );
    }
    for group in [
        ["messages", "list"],
        ["sims", "set"],
        ["modems", "at"],
        ["key", "create"],
    ] {
        assert!(
            done(&[group[0], group[1], "--help"]).contains("Examples:"),
            "{group:?}"
        );
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
    assert!(
        refused(&["key", "list", "--config", "/nonexistent.toml"], 1).contains("/nonexistent.toml")
    );
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = done(&["completions", shell]);
        assert!(
            COMMANDS.iter().all(|command| script.contains(command)),
            "{shell}"
        );
    }
}

#[test]
fn the_default_file_can_be_used() {
    let default = done(&["config", "default"]);
    assert!(default.starts_with('#') && default.contains("\n[http]\n"));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("simgate.toml");
    let data = format!("data_dir = '{}'", dir.path().join("data").display());
    fs::write(
        &file,
        default.replace("data_dir = \"/var/lib/simgate\"", &data),
    )
    .unwrap();
    assert!(done(&["check", "--config", text(&file)]).contains("ok    config"));
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
    assert_eq!(
        (output.status.code(), stderr(&output).as_str()),
        (Some(0), "")
    );
}

#[test]
fn check_names_what_is_wrong() {
    let (dir, good) = configured("");
    assert!(done(&["check", "--config", text(&good)]).contains("ok    data"));
    let report: serde_json::Value =
        serde_json::from_str(&done(&["check", "--json", "--config", text(&good)])).unwrap();
    assert_eq!(report["ok"], true);
    assert!(!dir.path().join("data").exists(), "a check changes nothing");

    let (_dir, unknown) = configured("lisen = 1\n");
    let said = refused(&["check", "--config", text(&unknown)], 1);
    assert!(
        said.contains("FAIL") && said.contains("lisen") && said.contains("simgate.toml"),
        "{said}"
    );
    let (_dir, range) = configured("max_body_bytes = 1\n");
    let said = refused(&["check", "--config", text(&range)], 1);
    assert!(
        said.contains("line 4: http.max_body_bytes: 1 is out of range: 4096 to"),
        "{said}"
    );
    assert!(refused(&["check", "--config", "/nonexistent.toml"], 1).contains("/nonexistent.toml"));
    assert!(refused(&["serve", "--config", text(&unknown)], 1).contains("lisen"));
}

#[test]
fn check_looks_at_directory_database_and_ports() {
    let (plain, config) = configured("");
    let file = plain.path().join("modem0");
    fs::write(&file, "").unwrap();
    let ports = format!(
        "[modems]\nports = ['{}', \"/nonexistent/modem*\"]\n",
        file.display()
    );
    fs::write(&config, fs::read_to_string(&config).unwrap() + &ports).unwrap();
    let output = simgate(&["check", "--config", text(&config)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("modem0: not a serial port"),
        "{}",
        stderr(&output)
    );
    assert!(stdout(&output).contains("warn  port      /nonexistent/modem* matches nothing"));

    let (blocked, config) = configured("");
    fs::write(blocked.path().join("data"), "").unwrap();
    assert!(refused(&["check", "--config", text(&config)], 1).contains("not a directory"));

    let (damaged, config) = configured("");
    fs::create_dir(damaged.path().join("data")).unwrap();
    fs::write(
        damaged.path().join("data/simgate.db"),
        "this is no database".repeat(999),
    )
    .unwrap();
    assert!(refused(&["check", "--config", text(&config)], 1).contains("FAIL  database"));
}

#[test]
fn keys_are_made_listed_and_revoked_without_a_daemon() {
    let (dir, config) = configured("");
    let config = text(&config);
    let create = |name: &str| {
        done(&[
            "key",
            "create",
            name,
            "--scopes",
            "send,read",
            "--config",
            config,
        ])
    };
    let key = create("shop");
    let secret = key.strip_suffix('\n').unwrap();
    assert!(secret.starts_with("sg_") && secret.len() == 43, "{key}");
    let mode = fs::metadata(dir.path().join("data"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o750);
    let limited = [
        "key",
        "create",
        "limited",
        "--scopes",
        "admin",
        "--allow-from",
        "10.0.0.0/24,192.0.2.7",
        "--rate",
        "20",
        "--config",
        config,
    ];
    let typo = [limited.as_slice(), &["--groups", "viettle"]].concat();
    assert!(refused(&typo, 1).contains("no SIM is in the group viettle"));
    done(&limited);

    let said = refused(&["key", "create", "shop", "--config", config], 1);
    assert!(said.contains("shop"), "{said}");
    assert!(
        refused(
            &["key", "create", "x", "--scopes", "root", "--config", config],
            2
        )
        .contains("root")
    );

    let listed = done(&["key", "list", "--json", "--config", config]);
    let keys: Vec<serde_json::Value> = listed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&keys[0]["name"], &keys[0]["scopes"]),
        (&"shop".into(), &serde_json::json!(["send", "read"]))
    );
    assert_eq!(
        keys[1]["allowed_from"],
        serde_json::json!(["10.0.0.0/24", "192.0.2.7/32"])
    );
    assert_eq!(keys[1]["rate_per_second"], 20);
    // Only a hash is kept.
    assert!(!listed.contains(secret));
    for file in fs::read_dir(dir.path().join("data")).unwrap() {
        let octets = fs::read(file.unwrap().path()).unwrap();
        assert!(
            !octets
                .windows(secret.len())
                .any(|window| window == secret.as_bytes())
        );
    }

    let rotated = done(&["key", "rotate", "shop", "--config", config]);
    assert!(rotated.starts_with("sg_") && rotated != key, "{rotated}");
    refused(&["key", "rotate", "nobody", "--config", config], 1);
    let past = ["--expires", "2020-01-01T00:00:00Z", "--config", config];
    refused(&[["key", "create", "y"].as_slice(), &past].concat(), 2);
    done(&["key", "revoke", "shop", "--config", config]);
    assert!(!done(&["key", "list", "--config", config]).contains("shop"));
    assert!(done(&["key", "list", "--all", "--config", config]).contains("shop"));
    refused(&["key", "revoke", "shop", "--config", config], 1);
    // The name is free again.
    assert_ne!(create("shop"), key);
}

/// The arguments of `simgate user`.
fn of_user<'a>(arguments: &[&'a str], config: &'a str) -> Vec<&'a str> {
    [&["user"], arguments, &["--config", config]].concat()
}

#[test]
fn users_are_made_changed_and_removed_without_a_daemon() {
    let (dir, config) = configured("");
    let config = text(&config);
    let path = dir.path().join("password");
    fs::write(&path, "correct horse\n").unwrap();
    let password = ["--password-file", text(&path)];
    let user = |arguments: &[&'static str]| of_user(arguments, config);
    let code = done(&["setup-code", "--config", config]);
    assert_eq!(code.len(), 20, "{code}");

    let anna = user(&["add", "Anna", "--role", "admin"]);
    assert!(refused(&anna, 2).contains("--password-file"));
    done(&[anna.as_slice(), &password].concat());
    let again = [anna.as_slice(), &password].concat();
    assert!(refused(&again, 1).contains("already"));
    done(&[user(&["add", "bert"]).as_slice(), &password].concat());
    let said = refused(&["setup-code", "--config", config], 1);
    assert!(said.contains("users already"), "{said}");

    assert!(refused(&user(&["set", "anna", "--role", "viewer"]), 1).contains("last admin"));
    assert!(refused(&user(&["remove", "anna"]), 1).contains("last admin"));
    done(&user(&["set", "bert", "--role", "admin"]));
    done(&user(&["remove", "anna"]));
    assert!(refused(&user(&["remove", "anna"]), 1).contains("no user"));
    done(&[user(&["password", "bert"]).as_slice(), &password].concat());
    done(&user(&["totp-off", "bert"]));
    fs::write(&path, "short\n").unwrap();
    let short = [user(&["password", "bert"]).as_slice(), &password].concat();
    assert!(refused(&short, 1).contains("at least 10"));

    let listed = done(&user(&["list", "--json"]));
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(
        (&listed["name"], &listed["role"]),
        (&"bert".into(), &"admin".into())
    );
    for file in fs::read_dir(dir.path().join("data")).unwrap() {
        let octets = fs::read(file.unwrap().path()).unwrap();
        assert!(!octets.windows(13).any(|window| window == b"correct horse"));
    }
}

#[test]
fn the_key_may_come_from_a_file() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "sg_x").unwrap();
    let path = text(file.path());
    refused(
        &[
            "sims",
            "list",
            "--url",
            "http://127.0.0.1:1",
            "--key-file",
            path,
        ],
        3,
    );
    let said = refused(&["sims", "list", "--key-file", "/nonexistent"], 2);
    assert!(said.contains("/nonexistent"), "{said}");
}

fn verify<'a>(config: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["audit", "verify", "--config", config], more].concat()
}

#[test]
fn the_chain_of_the_audit_is_verified_on_the_data_directory() {
    let (dir, file) = configured("");
    let file = text(&file);
    let config = ["--config", file];
    assert!(refused(&verify(file, &[]), 1).contains("no database there"));
    for name in ["a", "b", "c"] {
        done(&[&["key", "create", name], &config[..]].concat());
    }
    let said = done(&verify(file, &[]));
    assert!(
        said.starts_with("3 rows fit; the last is row 3, "),
        "{said}"
    );
    let hash = said.trim().rsplit(' ').next().unwrap().to_owned();
    done(&[&["key", "revoke", "a"], &config[..]].concat());
    done(&verify(file, &["--contains", &hash]));
    let other = "0".repeat(64);
    assert!(refused(&verify(file, &["--contains", &other]), 1).contains("cut off"));
    refused(&verify(file, &["--contains", "xyz"]), 2);

    // No database is asked where somebody writes into its file.
    let database = dir.path().join("data/simgate.db");
    let mut octets = fs::read(&database).unwrap();
    let at = octets
        .windows(10)
        .position(|found| found == b"made key b")
        .unwrap();
    octets[at + 9] = b'x';
    fs::write(&database, octets).unwrap();
    let said = refused(&verify(file, &[]), 1);
    assert!(said.contains("audit row 2, of "), "{said}");
    let json = simgate(&verify(file, &["--json"]));
    let json: serde_json::Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert_eq!(
        (&json["ok"], &json["first_wrong_row"]),
        (&false.into(), &2.into())
    );
}
