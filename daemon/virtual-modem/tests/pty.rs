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
        Self::start_with(modems, |_| {})
    }

    fn start_with(modems: usize, change: impl FnOnce(&mut BankOptions)) -> Self {
        let folder = TempDir::new().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mut options = BankOptions::new(modems, folder.path().join("ports"));
        options.traits.air_time = Duration::from_millis(50);
        options.network.report_after = Duration::from_millis(50);
        options.air_log = Some(folder.path().join("air.jsonl"));
        options.control = Some(folder.path().join("control"));
        change(&mut options);
        let bank = runtime.block_on(Bank::start(options)).unwrap();
        Self {
            runtime,
            bank,
            folder,
        }
    }

    /// A rule for modem 0.
    fn fault(&self, rule: &Value) {
        self.request(json!({"command": "fault", "slot": 0, "rule": rule}));
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
        eventually(&format!("{count} of {name}"), || {
            let log = fs::read_to_string(self.folder.path().join("air.jsonl")).unwrap();
            let events = log.lines().map(|line| serde_json::from_str(line).unwrap());
            let named = events.filter(|event: &Value| event["event"] == name);
            Some(named.collect::<Vec<_>>()).filter(|found| found.len() >= count)
        })
    }

    fn stats(&self, slot: usize) -> Value {
        self.request(json!({"command": "stats"}))["modems"][slot].clone()
    }
}

/// Tries until there is something.
fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
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
        let mut said = String::new();
        eventually(&format!("{end:?}"), || {
            said += &self.read();
            said.ends_with(end).then(|| said.clone())
        })
    }

    /// What is said within a tenth of a second, at most.
    fn read(&mut self) -> String {
        let mut buffer = [0; 256];
        let count = self.0.read(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..count]).into_owned()
    }

    /// Asks until it answers.
    fn until_it_answers(&mut self) {
        eventually("an answer", || {
            self.write("AT\r");
            self.read().contains("OK").then_some(())
        });
    }

    /// Hands [`PDU`] over.
    fn hand_over(&mut self) {
        self.write("AT+CMGS=19\r");
        assert_eq!(self.until("> "), "\r\n> ");
        self.write(&format!("{PDU}\x1a"));
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
    client.hand_over();
    assert_eq!(client.until("OK\r\n"), "\r\n+CMGS: 0\r\n\r\nOK\r\n");
    assert!(client.until("00\r\n").starts_with("\r\n+CDS: 25\r\n"));

    let submit = &running.events("submit", 1)[0];
    let told = json!([submit["slot"], submit["mr"], submit["pdu"], submit["to"]]);
    assert_eq!(told, json!([1, 0, PDU, "+84901234567"]));
    assert_eq!(submit["iccid"], running.bank.identities()[1].iccid.as_str());
    let us = |name: &str| submit[name].as_i64().unwrap();
    assert!(us("command_us") < us("prompt_us") && us("prompt_us") < us("ctrl_z_us"));
    let aired = us("done_us") - us("ctrl_z_us");
    assert!(aired >= 50_000, "{aired} us on the air");
    let report = &running.events("report", 1)[0];
    assert_eq!(
        json!([report["mr"], report["acknowledged"]]),
        json!([0, true])
    );
}

#[test]
fn a_client_may_come_and_go() {
    let running = Running::start(1);
    let mut client = running.open(0);
    client.ask("AT");
    leave(&running, client);
    // Said while nobody listens, and so lost.
    running.request(json!({"command": "urc", "line": "+LOST: 1"}));
    let mut client = running.open(0);
    assert_eq!(client.ask("AT"), "AT\r\r\nOK\r\n");

    client.write("AT+CMGS=19\r");
    client.until("> ");
    leave(&running, client);
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
    // Hung up: reads end, everything else fails.
    assert_eq!(
        client.0.write(b"AT\r").unwrap_err().raw_os_error(),
        Some(5),
        "EIO"
    );
    assert_eq!(
        fs::symlink_metadata(&port).unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let back = running.request(json!({"command": "plug", "slot": 0, "name": "elsewhere"}));
    let back = Path::new(back["port"].as_str().unwrap());
    assert_eq!(back, port.with_file_name("elsewhere"));
    let mut client = Client::open(back);
    std::thread::sleep(Duration::from_millis(2_100));
    let identity = &running.bank.identities()[0];
    assert!(client.ask("AT+CIMI").contains(&identity.imsi));
}

#[test]
fn sims_can_be_swapped() {
    let running = Running::start(2);
    running.request(json!({"command": "swap", "slot": 0, "with": 1}));
    std::thread::sleep(Duration::from_millis(2_100));
    let identities = running.bank.identities();
    assert!(running.open(0).ask("AT+CIMI").contains(&identities[1].imsi));
    // Through one opening: what is written before the bank has seen the port closed is lost with
    // the client before.
    let mut other = running.open(1);
    assert!(other.ask("AT+CIMI").contains(&identities[0].imsi));
    assert!(other.ask("AT+CGSN").contains(&identities[1].imei));
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
    assert_eq!(answer, json!({"ok": true, "id": 1, "parts": 3}));
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

/// Waits until the bank knows that nobody has the port open.
fn leave(running: &Running, client: Client) {
    drop(client);
    while running.stats(0)["clients"] != 0 {
        std::thread::yield_now();
    }
}

#[test]
fn what_is_said_to_nobody_is_lost_or_kept() {
    let running = Running::start(1);
    for kept in [false, true] {
        let client = running.open(0);
        leave(&running, client);
        running.request(json!({"command": "urc", "line": "+LATE: 1"}));
        let mut client = running.open(0);
        client.write("AT\r");
        assert_eq!(client.until("OK\r\n").contains("+LATE: 1"), kept);
        running.fault(&json!({"fault": "keeps-unread", "on": "now"}));
    }
}

#[test]
fn a_power_cycle_ends_a_hang_and_the_port_comes_back_under_another_name() {
    let running = Running::start(1);
    let mut client = running.open(0);
    client.ask("AT");
    running.fault(&json!({"fault": "hang", "on": "now"}));
    client.write("AT\r");
    running.request(json!({"command": "power", "slot": 0, "ms": 50, "name": "elsewhere"}));
    let there = running.bank.ports()[0].with_file_name("elsewhere");
    eventually("the port comes back", || there.exists().then_some(()));
    // It boots, and takes nothing meanwhile.
    Client::open(&there).until_it_answers();
}

#[test]
fn a_hang_ends_when_the_port_is_opened_again() {
    let running = Running::start(1);
    let mut client = running.open(0);
    client.ask("ATE0");
    running.fault(&json!({"fault": "hang", "until": "reopen", "on": "now"}));
    client.write("AT\r");
    assert_eq!(client.read(), "", "it hangs");
    leave(&running, client);
    // The bank hears of the opening a little later.
    running.open(0).until_it_answers();
}

#[test]
fn two_ports_of_one_modem_and_one_that_is_mute() {
    let running = Running::start_with(1, |options| {
        options.traits.ports = 3;
        options.traits.urc_port = 1;
        options.mute_ports = vec![2];
    });
    let first = running.bank.ports()[0].clone();
    let name = |suffix: &str| first.with_file_name(format!("modem0{suffix}"));
    let (mut first, mut second, mut third) = (
        Client::open(&first),
        Client::open(&name("-1")),
        Client::open(&name("-2")),
    );
    first.ask("ATE0");
    assert_eq!(first.ask("AT+CNMI=2,1,0,0,0"), "\r\nOK\r\n");
    assert_eq!(second.ask("AT"), "\r\nOK\r\n");
    third.write("AT\r");
    running.request(json!({"command": "inject", "slot": 0, "from": "1234", "text": "here"}));
    assert_eq!(second.until("1\r\n"), "\r\n+CMTI: \"SM\",1\r\n");
    assert_eq!(first.ask("AT"), "\r\nOK\r\n");
    assert_eq!(third.read(), "", "it is mute");
    running.request(json!({"command": "pull", "slot": 0}));
    assert!(fs::symlink_metadata(name("-1")).is_err());
}

#[test]
fn a_sim_may_leave_lock_and_fill_while_the_modem_runs() {
    let running = Running::start(1);
    let mut client = running.open(0);
    client.ask("ATE0");
    running.request(json!({"command": "eject-sim", "slot": 0}));
    client.write("AT+CPIN?\r");
    client.until("\r\nERROR\r\n");
    running.request(json!({"command": "insert-sim", "slot": 0}));
    assert!(client.ask("AT+CPIN?").contains("READY"));
    running.request(json!({"command": "lock-sim", "slot": 0, "pin": "4321"}));
    client.until("+CPIN: SIM PIN\r\n");
    assert!(client.ask("AT+CPIN?").contains("SIM PIN"));
    client.ask("AT+CPIN=\"4321\"");
    let filled = running.request(json!({"command": "fill", "slot": 0, "free": 10}));
    assert_eq!(filled["count"], 40);
    assert!(client.ask("AT+CPMS?").contains("\"SM\",40,50"));
    let emptied = running.request(json!({"command": "empty", "slot": 0, "of": "sent"}));
    assert_eq!(emptied["count"], 40);
}

#[test]
fn a_pulled_modem_does_not_hide_what_the_network_has() {
    let running = Running::start(1);
    let mut client = running.open(0);
    client.ask("ATE0");
    running.fault(&json!({"fault": "hang", "on": "+CMGS", "at": "taken"}));
    client.hand_over();
    let submit = &running.events("submit", 1)[0];
    assert_eq!(
        json!([submit["accepted"], submit["done_us"]]),
        json!([true, null])
    );
}

#[test]
fn an_injection_can_be_followed_to_its_deliveries() {
    let running = Running::start(1);
    let mut client = running.open(0);
    client.ask("ATE0");
    client.ask("AT+CNMI=2,1,0,0,0");
    let long = "long ".repeat(70);
    let answer = running
        .request(json!({"command": "inject", "slot": 0, "from": "+84901234567", "text": long}));
    let event = &running.events("inject", 1)[0];
    assert_eq!(event["id"], answer["id"]);
    assert_eq!(event["to"], running.bank.identities()[0].msisdn.as_str());
    let parts = running.events("deliver", 3);
    assert!(parts.iter().all(|part| part["injection"] == answer["id"]));
}
