//! The control socket: a Unix socket with a JSON object a line each way.

use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use super::desk::Desk;
use super::request::Request;

/// The socket's file, removed when the bank ends.
#[derive(Debug)]
pub(super) struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Listens at `path`, in the place of a socket that an earlier bank left there.
pub(super) fn listen(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    if std::fs::symlink_metadata(path).is_ok_and(|there| there.file_type().is_socket()) {
        std::fs::remove_file(path)?;
    }
    Ok((UnixListener::bind(path)?, SocketFile(path.to_owned())))
}

/// Serves every client until the task is aborted.
pub(super) async fn serve(listener: UnixListener, desk: Arc<Desk>) {
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                let desk = Arc::clone(&desk);
                // A client that breaks off has no further wishes.
                tokio::spawn(async move { converse(client, &desk).await.ok() });
            }
            Err(error) => {
                eprintln!("virtual-modem: control socket: {error}");
                return;
            }
        }
    }
}

async fn converse(client: UnixStream, desk: &Desk) -> io::Result<()> {
    let (reading, mut writing) = client.into_split();
    let mut lines = BufReader::new(reading).lines();
    while let Some(line) = lines.next_line().await? {
        if line.trim().is_empty() {
            continue;
        }
        let mut answer = answer(&line, desk).await.to_string();
        answer.push('\n');
        writing.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

async fn answer(line: &str, desk: &Desk) -> Value {
    let request: Request = match serde_json::from_str(line) {
        Ok(request) => request,
        Err(error) => return json!({"error": error.to_string()}),
    };
    desk.meet(request)
        .await
        .unwrap_or_else(|error| json!({"error": error.to_string()}))
}
