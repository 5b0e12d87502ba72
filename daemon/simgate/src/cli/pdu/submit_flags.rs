//! An SMS-SUBMIT given by flags.

use clap::Args;
use serde_json::json;

use super::Fields;
use crate::cli::Failure;

#[derive(Debug, Args)]
pub(in crate::cli) struct SubmitFlags {
    /// Destination: a number, + in front when it is international, or a name. Left out: JSON lines
    /// are read from standard input.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// The text; a long one makes several PDUs.
    #[arg(long, requires = "to", conflicts_with = "data")]
    text: Option<String>,
    /// 8-bit data in place of a text, in hexadecimal digits.
    #[arg(long, value_name = "HEX", requires = "to")]
    data: Option<String>,
    /// Application port of the receiver.
    #[arg(long, requires = "data")]
    port: Option<u16>,
    /// auto, gsm7 or ucs2.
    #[arg(long, requires = "to", default_value = "auto")]
    encoding: String,
    /// National language tables that may be used, as turkish or portuguese.
    #[arg(long, value_name = "LANGUAGE", value_delimiter = ',', requires = "to")]
    languages: Vec<String>,
    /// Replace what GSM 7-bit lacks by look-alikes.
    #[arg(long, requires = "to")]
    transliterate: bool,
    /// Shown at once and not stored: class 0.
    #[arg(long, requires = "to")]
    flash: bool,
    /// Ask for a status report.
    #[arg(long, requires = "to")]
    report: bool,
    /// Validity period, 300 to 38102400 seconds, rounded down to a step there is.
    #[arg(long, value_name = "SECONDS", requires = "to")]
    validity: Option<u32>,
    /// Service centre address. Left out: the modem's own.
    #[arg(long, value_name = "ADDRESS", requires = "to")]
    smsc: Option<String>,
    /// Reference that the parts of a long message share; above 255 it takes 16 bits.
    #[arg(long, requires = "to", default_value_t = 0)]
    reference: u16,
}

impl SubmitFlags {
    /// The fields as a line would give them; `None` when lines are to be read.
    pub(super) fn fields(&self) -> Result<Option<Fields>, Failure> {
        let Some(to) = &self.to else { return Ok(None) };
        if self.text.is_none() && self.data.is_none() {
            return Err(Failure::Usage("give --text or --data".to_owned()));
        }
        let mut fields = Fields::new();
        let mut put = |key: &str, value| fields.insert(key.to_owned(), value);
        put("direction", json!("submit"));
        put("address", json!(to));
        put("text", json!(self.text));
        put("data_hex", json!(self.data));
        put(
            "ports",
            self.port
                .map_or(json!(null), |port| json!({ "dst": port, "src": 0 })),
        );
        put(
            "encoding",
            json!(if self.data.is_some() {
                "8bit"
            } else {
                &self.encoding
            }),
        );
        put("languages", json!(self.languages));
        put("transliterate", json!(self.transliterate));
        put("flash", json!(self.flash));
        put("srr", json!(self.report));
        put("vp_seconds", json!(self.validity));
        put("smsc", json!(self.smsc));
        put("reference", json!(self.reference));
        put("ref_bits", json!(if self.reference > 255 { 16 } else { 8 }));
        Ok(Some(fields))
    }
}
