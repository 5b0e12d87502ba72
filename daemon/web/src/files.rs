//! What was built from `web-ui`, in the program itself.

use std::borrow::Cow;

/// A file, as it is and compressed.
pub(crate) struct File {
    pub(crate) kind: &'static str,
    pub(crate) plain: Cow<'static, [u8]>,
    pub(crate) brotli: Option<Cow<'static, [u8]>>,
    pub(crate) gzip: Option<Cow<'static, [u8]>>,
}

impl File {
    pub(crate) fn uncompressed(self) -> Self {
        Self {
            brotli: None,
            gzip: None,
            ..self
        }
    }
}

#[cfg(not(without_page))]
#[derive(rust_embed::RustEmbed)]
#[folder = "$SIMGATE_PAGE"]
struct Built;

/// The file of that name below the page's folder.
#[cfg(not(without_page))]
pub(crate) fn get(name: &str) -> Option<File> {
    if matches!(ending(name), "br" | "gz") {
        return None;
    }
    let octets = |name: &str| Built::get(name).map(|file| file.data);
    Some(File {
        kind: kind(name),
        plain: octets(name)?,
        brotli: octets(&format!("{name}.br")),
        gzip: octets(&format!("{name}.gz")),
    })
}

#[cfg(without_page)]
pub(crate) fn get(_: &str) -> Option<File> {
    None
}

/// Browsers take nothing for a script or a style that is not called one.
#[cfg(not(without_page))]
fn kind(name: &str) -> &'static str {
    match ending(name) {
        "webmanifest" => "application/manifest+json",
        _ => mime_guess::from_path(name)
            .first_raw()
            .unwrap_or("application/octet-stream"),
    }
}

#[cfg(not(without_page))]
fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}
