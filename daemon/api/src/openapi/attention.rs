//! The codes of `/attention`, in the operation's text.

use std::fmt::Write as _;

use serde_json::Value;

use gateway::attention::Code;

const OPERATION: &str = "/paths/~1api~1v1~1attention/get";

/// Adds them to the operation.
pub(super) fn describe(document: &mut Value) {
    let Some(operation) = document.pointer_mut(OPERATION) else {
        return;
    };
    let mut text = operation["description"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    text.push_str("\n\n| code | severity | about | when | what helps |\n|---|---|---|---|---|\n");
    for code in Code::ALL {
        let _ = writeln!(text, "{}", code.row());
    }
    operation["description"] = text.into();
}
