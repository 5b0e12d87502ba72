//! Names of unsolicited codes outside the standards, or of the standards and of no use here. Data
//! only: what a modem family says, not what to do about it.

use super::{Progress, Urc};
use crate::header::{after_name, name_of};
use crate::params::Params;

/// What a line of the table means.
#[derive(Clone, Copy)]
enum Means {
    Nothing,
    Progress(Progress),
    MemoryFull,
    Voltage,
}

/// Whole lines without a name in front.
const WORDS: &[(&str, Means)] = &[
    ("RDY", Means::Progress(Progress::Started)),
    ("APP RDY", Means::Progress(Progress::Started)),
    ("^SYSSTART", Means::Progress(Progress::Started)),
    (
        "^SYSSTART AIRPLANE MODE",
        Means::Progress(Progress::Started),
    ),
    ("PB DONE", Means::Progress(Progress::PhonebookReady)),
    ("SMS DONE", Means::Progress(Progress::SmsReady)),
    ("SMS READY", Means::Progress(Progress::SmsReady)),
    ("CALL READY", Means::Progress(Progress::CallReady)),
    ("+PBREADY", Means::Progress(Progress::PhonebookReady)),
    ("+SMS FULL", Means::MemoryFull),
    ("SMS FULL", Means::MemoryFull),
    ("^SMMEMFULL", Means::MemoryFull),
    ("NORMAL POWER DOWN", Means::Progress(Progress::PowerDown)),
    ("POWERED DOWN", Means::Progress(Progress::PowerDown)),
    ("^SHUTDOWN", Means::Progress(Progress::PowerDown)),
    ("UNDER-VOLTAGE POWER DOWN", Means::Voltage),
    ("OVER-VOLTAGE POWER DOWN", Means::Voltage),
    ("UNDER-VOLTAGE WARNNING", Means::Voltage),
    ("UNDER-VOLTAGE WARNING", Means::Voltage),
    ("OVER-VOLTAGE WARNNING", Means::Voltage),
    ("OVER-VOLTAGE WARNING", Means::Voltage),
    ("+CUSATEND", Means::Nothing),
    ("MODEM:STARTUP", Means::Progress(Progress::Started)),
    ("CHARGE-ONLY MODE", Means::Nothing),
    ("ALARM MODE", Means::Nothing),
    ("GPS READY", Means::Nothing),
    ("EMRDY", Means::Progress(Progress::Started)),
];

/// How lines without a name in front begin, clocks and calls.
const PREFIXES: &[&str] = &["DST:", "HANGUP:", "MISSED_CALL:", "STIN:", "VOICE CALL:"];

/// Names that are never the answer to a command of ours.
const NAMES: &[(&str, Means)] = &[
    // Memory full and milestones.
    ("^SMMEMFULL", Means::MemoryFull),
    ("+SMSFULL", Means::MemoryFull),
    ("+AT", Means::Progress(Progress::Started)),
    ("*EMRDY", Means::Progress(Progress::Started)),
    ("^SIMST", Means::Progress(Progress::SimChanged)),
    ("+CSMINS", Means::Progress(Progress::SimChanged)),
    ("+QSIMSTAT", Means::Progress(Progress::SimChanged)),
    ("#QSS", Means::Progress(Progress::SimChanged)),
    ("+QUSIM", Means::Progress(Progress::SimReady)),
    ("+ZUSIMR", Means::Nothing),
    ("^SCKS", Means::Progress(Progress::SimChanged)),
    ("^SBC", Means::Voltage),
    // Radio reports, calls, packet data, clocks and toolkits of the families in use.
    ("^ANTENNA", Means::Nothing),
    ("^BOOT", Means::Nothing),
    ("^CALLSTATE", Means::Nothing),
    ("^CCALLSTATE", Means::Nothing),
    ("^CEND", Means::Nothing),
    ("^CERSSI", Means::Nothing),
    ("^CONF", Means::Nothing),
    ("^CONN", Means::Nothing),
    ("^CSCHANNELINFO", Means::Nothing),
    ("^CSNR", Means::Nothing),
    ("^DSDORMANT", Means::Nothing),
    ("^DSFLOWRPT", Means::Nothing),
    ("^ECCLIST", Means::Nothing),
    ("^EONS", Means::Nothing),
    ("^HCSQ", Means::Nothing),
    ("^HRSSILVL", Means::Nothing),
    ("^LTERSRP", Means::Nothing),
    ("^LWURC", Means::Nothing),
    ("^MODE", Means::Nothing),
    ("^NDISEND", Means::Nothing),
    ("^NDISSTAT", Means::Nothing),
    ("^NWTIME", Means::Nothing),
    ("^ORIG", Means::Nothing),
    ("^PDPDEACT", Means::Nothing),
    ("^RFSWITCH", Means::Nothing),
    ("^RSSI", Means::Nothing),
    ("^RSSILVL", Means::Nothing),
    ("^SRVST", Means::Nothing),
    ("^STIN", Means::Nothing),
    ("^THERM", Means::Nothing),
    ("^TIME", Means::Nothing),
    ("^WEND", Means::Nothing),
    ("*PSNWID", Means::Nothing),
    ("*PSUTTZ", Means::Nothing),
    ("*EPSB", Means::Nothing),
    ("*E2REG", Means::Nothing),
    ("*ERINFO", Means::Nothing),
    ("+CCWA", Means::Nothing),
    ("+CGEV", Means::Nothing),
    ("+CIEV", Means::Nothing),
    ("+CIREPI", Means::Nothing),
    ("+CNEMIU", Means::Nothing),
    ("+CNEMS1", Means::Nothing),
    ("+CNSMOD", Means::Nothing),
    ("+COLP", Means::Nothing),
    ("+CSQN", Means::Nothing),
    ("+CSSI", Means::Nothing),
    ("+CSSU", Means::Nothing),
    ("+CTZDST", Means::Nothing),
    ("+CTZE", Means::Nothing),
    ("+CTZEU", Means::Nothing),
    ("+CTZV", Means::Nothing),
    ("+CUSATP", Means::Nothing),
    ("+HTTPACTION", Means::Nothing),
    ("+PSBEARER", Means::Nothing),
    ("+QGPSURC", Means::Nothing),
    ("+QIURC", Means::Nothing),
    ("+QLWURC", Means::Nothing),
    ("+QNETDEVSTATUS", Means::Nothing),
    ("+QTONEDET", Means::Nothing),
    ("+QUSBCFG", Means::Nothing),
    ("+RXDTMF", Means::Nothing),
    ("+SIMCARD", Means::Nothing),
    ("+SPNWNAME", Means::Nothing),
    ("+STIN", Means::Nothing),
    ("+UUPSDD", Means::Nothing),
    ("+UUSIMSTAT", Means::Progress(Progress::SimChanged)),
    ("+UUSORD", Means::Nothing),
    ("+UUSTS", Means::Nothing),
    ("+UMWI", Means::Nothing),
    ("+WBCI", Means::Nothing),
    ("+WIND", Means::Nothing),
    ("+WVCG", Means::Nothing),
    ("+ZDONR", Means::Nothing),
    ("+ZEND", Means::Nothing),
    ("+ZPASR", Means::Nothing),
    ("+ZPSTM", Means::Nothing),
    ("#STN", Means::Nothing),
    ("#NITZ", Means::Nothing),
    ("$CREG", Means::Nothing),
    ("$QCRMCALL", Means::Nothing),
];

/// A line of the table, or `None`.
pub(super) fn find(line: &str) -> Option<Urc> {
    let word = line.trim_end();
    if let Some((_, means)) = WORDS.iter().find(|(w, _)| word.eq_ignore_ascii_case(w)) {
        return Some(meaning(*means, line, ""));
    }
    if PREFIXES.iter().any(|prefix| line.starts_with(prefix)) {
        return Some(Urc::Vendor(line.to_owned()));
    }
    let name = name_of(line)?;
    let rest = after_name(line, name).unwrap_or("");
    if name == "+QIND" {
        return Some(qind(line, rest));
    }
    let (_, means) = NAMES.iter().find(|(n, _)| *n == name)?;
    Some(meaning(*means, line, rest))
}

fn meaning(means: Means, line: &str, rest: &str) -> Urc {
    match means {
        Means::Nothing => Urc::Vendor(line.to_owned()),
        Means::Progress(progress) => Urc::Progress(progress),
        Means::MemoryFull => Urc::MemoryFull(Params::parse(rest).text(0).map(str::to_owned)),
        Means::Voltage => Urc::Voltage(line.to_owned()),
    }
}

/// `+QIND: <kind>[,...]` carries several kinds of news.
fn qind(line: &str, rest: &str) -> Urc {
    match Params::parse(rest).text(0) {
        Some("SMS DONE") => Urc::Progress(Progress::SmsReady),
        Some("PB DONE") => Urc::Progress(Progress::PhonebookReady),
        Some(kind) if kind.eq_ignore_ascii_case("smsfull") => {
            Urc::MemoryFull(Params::parse(rest).text(1).map(str::to_owned))
        }
        _ => Urc::Vendor(line.to_owned()),
    }
}
