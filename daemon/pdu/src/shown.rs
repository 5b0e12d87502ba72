//! What an answer tells, key by key.

use serde_json::Value;

use crate::Fields;

/// Writing fields.
pub(crate) trait Shown {
    fn put(&mut self, key: impl Into<String>, value: impl Into<Value>);

    /// Octets as hexadecimal digits.
    fn put_hex(&mut self, key: impl Into<String>, octets: impl AsRef<[u8]>) {
        self.put(key, hex::encode_upper(octets));
    }
}

impl Shown for Fields {
    fn put(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        self.insert(key.into(), value.into());
    }
}
