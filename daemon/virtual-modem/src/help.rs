//! What `--help` says beyond the options.

/// The tables of recipients, requests and faults.
pub(crate) const HELP: &str = r#"Recipients with a fate of their own: a number outside the bank that ends in
  990NNN  is refused with +CMS ERROR: NNN (000: plain ERROR)
  991NNN  is accepted; its status report has TP-ST NNN (0 to 255)
  992NNN  is accepted and never reported
  993NNN  is accepted; reported as still being tried, then delivered NNN s later
  994NNN  is refused with +CMS ERROR: NNN the first time, accepted from then on
  995NNN  is accepted; its report comes NNN s later than usual
  996NNN  is accepted; its report comes before the modem's answer
  997NNN  is accepted; the modem's answer comes NNN s late (000: never)
  998NNN  is lost on the air, and the modem never answers
A number of another SIM of the bank gets the message there.

The control socket takes one JSON object a line and answers each with one, when it was done:
{"ok": true, ...} or {"error": "..."}. Without "slot" a request means all modems, where that
makes sense.
  {"command": "inject", "slot": 0, "from": "+84901234567", "text": "Hello"}
                      "parts": [2, 1] for some of the parts
  {"command": "call", "slot": 0, "from": "+84901234567", "rings": 3}
  {"command": "report", "slot": 0, "mr": 17, "to": "+84901234567", "st": 0}
  {"command": "pull", "slot": 0}
  {"command": "plug", "slot": 0, "name": "modem9"}
  {"command": "power", "slot": 0, "ms": 2000, "name": "modem9"}   off and, after a time, on again
  {"command": "swap", "slot": 0, "with": 1}                       their SIMs
  {"command": "eject-sim", "slot": 0}
  {"command": "insert-sim", "slot": 0}
  {"command": "lock-sim", "slot": 0, "pin": "1234"}
  {"command": "fill", "slot": 0, "memory": "SM", "free": 0, "with": "sent"}
                      with "received", "unsent" or "sent" messages
  {"command": "empty", "slot": 0, "memory": "SM", "of": "sent"}
  {"command": "coverage", "slot": 0, "network": false, "rssi": 9}
  {"command": "urc", "line": "^BOOT:1"}
  {"command": "fault", "slot": 0, "rule": {"fault": "cms", "code": 38, "on": "+CMGS", "times": 1}}
  {"command": "no-faults"}   {"command": "stats"}   {"command": "quit"}

Faults, for --fault and the request "fault". A rule has the fault with its fields, and:
  "on"      a command (+CMGS); a line that the modem says by itself (+CMTI, +CDS); boot (power-on
            and restart); or now: at once. Left out: every command, and for the faults of lines
            and arrivals every one of those.
  "at"      the moment of the command: command (the default), prompt (it asks for the text), text
            (Ctrl-Z has come), taken (the network has the message, the DTE does not know it),
            final (all of the answer but its final result code is ready)
  "times"   how often; for ever when left out
  "chance"  how likely each time, 0 to 1
of a command's answer (those marked * befall a line that "on" names too):
  no-answer *         carried out, never answered; a line: never said
  late-answer         (ms, works: false) carried out and answered so much too late; it takes
                      other commands meanwhile if it works
  ignored             neither carried out nor answered
  cms, cme, error     (code) refused; a submit after its time on the air; at taken: refused
                      although the network has it
  late-error          (on +CUSD; code, ms) the code is answered OK, and refused so much later with
                      a bare +CME ERROR, whatever goes on by then
  no-reference        (on +CMGS; echo: false) OK without +CMGS; with echo that comes back
  deaf                (ms) after the answer nothing is heard for so long
  no-prompt           the prompt is lost, the text is taken all the same
  lost-text           (count: 1) octets of the text are lost
  urc-in-answer       (line) before the answer and after Ctrl-Z; with "at" in that place alone
  garbage *           (bytes) before the answer; with "at" in that place
  dropped-byte *      (count: 1) octets are lost
  slow                (us_per_octet) an octet at a time
  empty-read          (memory) listing and reading give OK alone
  gives-up            (on +CMGS) a submit on the air is given up when the DTE writes anything
  reference-stuck     (on +CMGS) after TP-MR 255 every submit is refused with +CMS ERROR: 1, up
                      to a power-cycle
of a line of two lines (+CMT, +CDS):
  split-line          (ms: 0, line) a pause, and perhaps another line, between the two
of a line with a quoted string (+CUSD):
  open-quote          the last quote and what follows it is left out
of an arrival (+CMTI, +CDSI, +CMT):
  early-announcement  (ms) announced so long before it can be read
  wrong-announcement  (memory, index, kept: true) announced there; not kept: it is lost
  routed-and-stored   given and stored both
of the modem (also on now and boot):
  echo-back           ATE0 is forgotten
  reboot              (port: stays or vanishes, ms)
  hang                (until: power-cycle, reopen or reset; or ms) nothing is answered or done.
                      After ms it goes on where it was. A reset is AT+CFUN=1,1.
  babble              (line: ^RSSI: 21, per_second, deaf: false, ms) says it again and again; if
                      deaf it does nothing else
  line-speed          (baud) in both directions, an octet at a time; 115200 is 87 us for each
  routing-lost        mt and ds of CNMI become 0 in silence
  reference-reset     TP-MR begins at 0 again
  keeps-unread        what it says while nobody has the port open waits for whoever opens it next
Lasting ones (hang, babble, line-speed, keeps-unread) end with "no-faults".

What a modem says while nobody has its port open is lost, as on a UART and on USB sticks that fall
silent without DTR; with --keep-unread it waits for the next who opens the port, as in the buffer
of a USB function that does not heed DTR. Closing the port ends nothing: a modem at the prompt
stays there, and a submit on the air goes on. Without power a submit on the air is lost; one that
the network has is logged all the same.

The air log has one JSON object a line: "event" is submit, deliver, report, delete or inject; "t"
and the names in _us are microseconds of the wall clock. "accepted" of a submit says whether the
network has it, whatever the modem answered; "done_us" is null when the DTE got no answer.
"injection" of a delivery is the "id" of its inject event."#;
