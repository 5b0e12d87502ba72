//! A gzipped tar archive that is there when it is complete, and never half.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, Header};
use tempfile::NamedTempFile;

use super::super::Failure;
use gateway::clock;

pub(super) struct Archive {
    path: PathBuf,
    /// Directory of all files in it.
    name: String,
    made_at: u64,
    builder: Builder<GzEncoder<NamedTempFile>>,
}

impl Archive {
    pub(super) fn create(path: &Path, name: String) -> Result<Self, Failure> {
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
        // Made with mode 0600, and gone when something goes wrong.
        let file = NamedTempFile::new_in(dir.unwrap_or(Path::new(".")))
            .map_err(|error| about(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            name,
            made_at: clock::now().0.unsigned_abs() / 1000,
            builder: Builder::new(GzEncoder::new(file, Compression::default())),
        })
    }

    pub(super) fn add(&mut self, file: &str, text: &str) -> Result<(), Failure> {
        let mut header = Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(self.made_at);
        let inside = format!("{}/{file}", self.name);
        self.builder
            .append_data(&mut header, inside, text.as_bytes())
            .map_err(|error| about(&self.path, &error))
    }

    /// Gives it its name; one of that name before is replaced.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let Self { path, builder, .. } = self;
        let written = || -> io::Result<()> {
            let mut file = builder.into_inner()?.finish()?;
            file.flush()?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        written().map_err(|error| about(&path, &error))
    }
}

fn about(path: &Path, error: &io::Error) -> Failure {
    Failure::refused(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_put_in_comes_out_and_only_the_owner_may_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("b.tar.gz");
        std::fs::write(&path, "an older one").unwrap();
        let mut archive = Archive::create(&path, "b".to_owned()).unwrap();
        archive.add("README.txt", "read me").unwrap();
        archive.add("empty.txt", "").unwrap();
        archive.finish().unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let file = std::fs::File::open(&path).unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().display().to_string();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (name, text)
        });
        let expected = [("b/README.txt", "read me"), ("b/empty.txt", "")];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(entries.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn nothing_is_left_of_an_archive_that_was_not_finished() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("b.tar.gz");
        let mut archive = Archive::create(&path, "b".to_owned()).unwrap();
        archive.add("a", "b").unwrap();
        drop(archive);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        assert!(Archive::create(&dir.path().join("no/b"), "b".to_owned()).is_err());
    }
}
