//! A bank as its clients see it: bytes on real ptys, the control socket, the air log.

#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::termios::{OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use virtual_modem::{Bank, BankOptions, Request};

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// "hello" to +84901234567, report asked for.
const PDU: &str = "0031000B914809214365F70000A705E8329BFD06";

/// A bank on its own runtime, with an air log and a control socket in a folder that goes away with it.
struct Running {
    runtime: Runtime,
    bank: Bank,
    folder: TempDir,
}

impl Running {
    fn start(modems: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let options = BankOptions {
            air_time: Duration::from_millis(50),
            report_after: Duration::from_millis(50),
            air_log: Some(folder.path().join("air.jsonl")),
            control: Some(folder.path().join("control")),
            ..BankOptions::new(modems, folder.path().join("ports"))
        };
        let bank = runtime.block_on(Bank::start(options)).unwrap();
        Self {
            runtime,
            bank,
            folder,
        }
    }

    fn request(&self, request: Value) -> Value {
        let request: Request = serde_json::from_value(request).unwrap();
        self.runtime.block_on(self.bank.request(request)).unwrap()
    }

    fn open(&self, slot: usize) -> Client {
        Client::open(&self.bank.ports()[slot])
    }

    /// Waits for a number of events in the air log.
    fn events(&self, name: &str, count: usize) -> Vec<Value> {
        let end = Instant::now() + PATIENCE;
        loop {
            let log = fs::read_to_string(self.folder.path().join("air.jsonl")).unwrap();
            let events = log.lines().map(|line| serde_json::from_str(line).unwrap());
            let found: Vec<Value> = events
                .filter(|event: &Value| event["event"] == name)
                .collect();
            if found.len() >= count {
                return found;
            }
            assert!(Instant::now() < end, "{count} of {name} in {log}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn stats(&self, slot: usize) -> Value {
        self.request(json!({"command": "stats"}))["modems"][slot].clone()
    }
}

/// One that has a port open.
struct Client(File);

impl Client {
    fn open(port: &Path) -> Self {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(port)
            .unwrap();
        let mut termios = tcgetattr(&file).unwrap();
        termios.make_raw();
        // A read waits a tenth of a second at most.
        termios.special_codes[SpecialCodeIndex::VMIN] = 0;
        termios.special_codes[SpecialCodeIndex::VTIME] = 1;
        tcsetattr(&file, OptionalActions::Now, &termios).unwrap();
        Self(file)
    }

    fn write(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).unwrap();
    }

    /// Reads until the end is there.
    fn until(&mut self, end: &str) -> String {
        let patience = Instant::now() + PATIENCE;
        let mut said = Vec::new();
        loop {
            let mut buffer = [0; 256];
            let count = self.0.read(&mut buffer).unwrap();
            said.extend_from_slice(&buffer[..count]);
            let text = String::from_utf8_lossy(&said);
            if text.ends_with(end) {
                return text.into_owned();
            }
            assert!(Instant::now() < patience, "no {end:?} in {text:?}");
        }
    }

    fn ask(&mut self, line: &str) -> String {
        self.write(&format!("{line}\r"));
        self.until("OK\r\n")
    }
}

#[test]
fn a_message_goes_out_and_its_report_comes_back() {
    let running = Running::start(2);
    let mut client = running.open(1);
    assert_eq!(client.ask("ATE0"), "ATE0\r\r\nOK\r\n");
    client.ask("AT+CNMI=2,1,0,1,0");
    client.write("AT+CMGS=19\r");
    assert_eq!(client.until("> "), "\r\n> ");
    client.write(&format!("{PDU}\x1a"));
    assert_eq!(client.until("OK\r\n"), "\r\n+CMGS: 0\r\n\r\nOK\r\n");
    assert!(client.until("00\r\n").starts_with("\r\n+CDS: 25\r\n"));

    let submit = &running.events("submit", 1)[0];
    assert_eq!(
        (submit["slot"].as_i64(), submit["mr"].as_i64()),
        (Some(1), Some(0))
    );
    assert_eq!(
        (submit["pdu"].as_str(), submit["to"].as_str()),
        (Some(PDU), Some("+84901234567"))
    );
    assert_eq!(submit["iccid"], running.bank.identities()[1].iccid.as_str());
    let us = |name: &str| submit[name].as_i64().unwrap();
    assert!(us("command_us") < us("prompt_us") && us("prompt_us") < us("ctrl_z_us"));
    let aired = us("done_us") - us("ctrl_z_us");
    assert!(aired >= 50_000, "{aired} us on the air");
    let report = &running.events("report", 1)[0];
    assert_eq!(
        (report["mr"].as_i64(), report["acknowledged"].as_bool()),
        (Some(0), Some(true))
    );
}

#[test]
fn a_client_may_come_and_go() {
    let running = Running::start(1);
    let leave = |client: Client| {
        drop(client);
        while running.stats(0)["clients"] != 0 {
            std::thread::yield_now();
        }
    };
    let mut client = running.open(0);
    client.ask("AT");
    leave(client);
    // Said while nobody listens, and so lost.
    running.request(json!({"command": "urc", "line": "+LOST: 1"}));
    let mut client = running.open(0);
    assert_eq!(client.ask("AT"), "AT\r\r\nOK\r\n");

    client.write("AT+CMGS=19\r");
    client.until("> ");
    leave(client);
    // The modem is still at the prompt that the client before it asked for.
    let mut client = running.open(0);
    client.write("\x1b");
    assert_eq!(client.until("OK\r\n"), "\x1b\r\nOK\r\n");
}

#[test]
fn a_pulled_modem_is_gone_and_comes_back_elsewhere() {
    let running = Running::start(1);
    let port = running.bank.ports()[0].clone();
    let mut client = running.open(0);
    running.request(json!({"command": "pull", "slot": 0}));
    let end = Instant::now() + PATIENCE;
    loop {
        match client.0.read(&mut [0; 8]) {
            Ok(count) => assert!(
                Instant::now() < end,
                "the port is still there, {count} octets read"
            ),
            Err(error) => break assert_eq!(error.raw_os_error(), Some(5), "EIO"),
        }
    }
    assert_eq!(
        fs::symlink_metadata(&port).unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let back = running.request(json!({"command": "plug", "slot": 0, "name": "elsewhere"}));
    let back = Path::new(back["port"].as_str().unwrap());
    assert_eq!(back, port.with_file_name("elsewhere"));
    let mut client = Client::open(back);
    std::thread::sleep(Duration::from_millis(2_100));
    assert!(
        client
            .ask("AT+CIMI")
            .contains(&running.bank.identities()[0].imsi)
    );
}

#[test]
fn sims_can_be_swapped() {
    let running = Running::start(2);
    running.request(json!({"command": "swap", "slot": 0, "with": 1}));
    std::thread::sleep(Duration::from_millis(2_100));
    assert!(
        running
            .open(0)
            .ask("AT+CIMI")
            .contains(&running.bank.identities()[1].imsi)
    );
    assert!(
        running
            .open(1)
            .ask("AT+CIMI")
            .contains(&running.bank.identities()[0].imsi)
    );
    assert!(
        running
            .open(1)
            .ask("AT+CGSN")
            .contains(&running.bank.identities()[1].imei)
    );
}

#[test]
fn the_control_socket_answers_every_line() {
    let running = Running::start(1);
    let mut client = running.open(0);
    client.ask("ATE0+CNMI=2,1,0,0,0");
    let socket = UnixStream::connect(running.folder.path().join("control")).unwrap();
    let mut answers = BufReader::new(socket.try_clone().unwrap()).lines();
    let mut ask = |line: &str| -> Value {
        (&socket).write_all(format!("{line}\n").as_bytes()).unwrap();
        serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap()
    };
    let long = "long ".repeat(70);
    let answer = ask(
        &json!({"command": "inject", "slot": 0, "from": "+84901234567", "text": long}).to_string(),
    );
    assert_eq!(answer, json!({"ok": true, "parts": 3}));
    assert_eq!(client.until("3\r\n").matches("+CMTI").count(), 3);
    assert_eq!(running.events("inject", 1)[0]["parts"], 3);
    assert_eq!(running.events("deliver", 3)[2]["index"], 3);
    assert!(ask("nonsense")["error"].is_string());
    assert!(
        ask(r#"{"command": "inject", "slot": 7, "from": "1", "text": "x"}"#)["error"]
            .as_str()
            .unwrap()
            .contains("no modem 7")
    );
    assert!(ask(r#"{"command": "pull", "slot": 0, "sloth": 1}"#)["error"].is_string());
    assert_eq!(
        ask(r#"{"command": "fault", "rule": {"fault": "cms", "code": 500, "on": "+CMGL"}}"#),
        json!({"ok": true})
    );
    client.write("AT+CMGL=4\r");
    client.until("+CMS ERROR: 500\r\n");
    assert_eq!(ask(r#"{"command": "quit"}"#), json!({"ok": true}));
    running.runtime.block_on(running.bank.quit_requested());
}

#[test]
fn nothing_is_left_behind() {
    let Running {
        runtime,
        bank,
        folder,
    } = Running::start(3);
    let ports = bank.ports();
    assert!(ports.iter().all(|port| port.exists()));
    runtime.block_on(bank.shutdown());
    assert!(ports.iter().all(|port| fs::symlink_metadata(port).is_err()));
    assert!(!folder.path().join("control").exists());
}

#[test]
fn what_is_not_a_link_is_not_replaced() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("modem0"), "someone's file").unwrap();
    let runtime = Runtime::new().unwrap();
    let error = runtime
        .block_on(Bank::start(BankOptions::new(1, folder.path())))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert_eq!(
        fs::read_to_string(folder.path().join("modem0")).unwrap(),
        "someone's file"
    );
}
