//! The commands. `serve`, `demo`, `check`, `key`, `user`, `setup-code`, `audit verify`, `restore`,
//! `encrypt`, `decrypt`, `config default`, `man`, `completions` and `pdu` work by themselves; the others are clients of the HTTP API,
//! `support-bundle` as long as there is a daemon.

mod arena;
mod audit;
mod backup;
mod bank;
mod bench_modems;
mod check;
mod client;
mod completions;
mod config;
mod conversations;
mod demo;
mod encryption;
mod failure;
mod input;
mod key;
mod local;
mod man;
mod messages;
mod modems;
mod or_none;
mod output;
mod pdu;
mod restore;
mod routes;
mod send;
mod serve;
mod sims;
mod stats;
mod status;
mod support_bundle;
mod suppressions;
mod system;
mod templates;
mod uplinks;
mod user;
mod webhooks;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use failure::Failure;

/// Printed below the list of commands.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused or failed; the reason is on standard error
  2  wrong usage
  3  the daemon cannot be reached";

/// An SMS gateway over banks of GSM and LTE modems.
#[derive(Debug, Parser)]
#[command(name = "simgate", version, after_help = EXIT_CODES, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway.
    #[command(after_help = serve::EXAMPLES)]
    Serve(serve::Serve),
    /// Try the gateway on virtual modems; needs no hardware and no configuration.
    #[command(after_help = demo::EXAMPLES)]
    Demo(demo::Demo),
    /// Tell how things stand: what needs you, the SIMs, the queue.
    #[command(after_help = status::EXAMPLES)]
    Status(Box<status::Status>),
    /// Tell what runs: version, room on the disk, certificate, what is kept for how long.
    #[command(after_help = system::EXAMPLES)]
    System(system::System),
    /// Look whether the daemon could start and find its modems.
    #[command(after_help = check::EXAMPLES)]
    Check(check::Check),
    /// Put a backup in the place of the database, while no daemon runs.
    #[command(after_help = restore::EXAMPLES)]
    Restore(restore::Restore),
    /// Encrypt the database with the key of the configuration, while no daemon runs.
    #[command(after_help = encryption::ENCRYPT_EXAMPLES)]
    Encrypt(encryption::Encrypt),
    /// Take the encryption of the database away, while no daemon runs.
    #[command(after_help = encryption::DECRYPT_EXAMPLES)]
    Decrypt(encryption::Decrypt),
    /// Make a file for whoever helps: without texts, PINs, keys and whole numbers.
    #[command(after_help = support_bundle::EXAMPLES)]
    SupportBundle(Box<support_bundle::SupportBundle>),
    /// Send a message.
    #[command(after_help = send::EXAMPLES)]
    Send(Box<send::SendMessage>),
    /// List, show and cancel messages.
    #[command(subcommand, after_help = messages::EXAMPLES)]
    Messages(messages::MessagesCommand),
    /// List and show conversations; assign them, note on them, and set them done.
    #[command(subcommand, after_help = conversations::EXAMPLES)]
    Conversations(conversations::ConversationsCommand),
    /// List, show and set SIMs.
    #[command(subcommand, after_help = sims::EXAMPLES)]
    Sims(sims::SimsCommand),
    /// List, add, remove, import and export the numbers that get no messages.
    #[command(subcommand, after_help = suppressions::EXAMPLES)]
    Suppressions(suppressions::SuppressionsCommand),
    /// List, show, set, delete and preview templates: texts with variables.
    #[command(subcommand, after_help = templates::EXAMPLES)]
    Templates(templates::TemplatesCommand),
    /// List, show and restart modems; talk AT to them.
    #[command(subcommand, after_help = modems::EXAMPLES)]
    Modems(modems::ModemsCommand),
    /// Show and switch the slots of a bank controller; find out which modem is on which.
    #[command(subcommand, after_help = bank::EXAMPLES)]
    Bank(bank::BankCommand),
    /// List, show, set and remove SMPP uplinks.
    #[command(subcommand, after_help = uplinks::EXAMPLES)]
    Uplinks(uplinks::UplinksCommand),
    /// List and set routes; ask which way a message would go.
    #[command(subcommand, after_help = routes::EXAMPLES)]
    Routes(routes::RoutesCommand),
    /// List, set, test and delete webhooks; list what is posted to them, and post it again.
    #[command(subcommand, after_help = webhooks::EXAMPLES)]
    Webhooks(webhooks::WebhooksCommand),
    /// Make, list and download backups of the database.
    #[command(subcommand, after_help = backup::EXAMPLES)]
    Backup(backup::BackupCommand),
    /// Test modems against each other: what works, how fast, and in what way. Sends 6 SMS a modem.
    #[command(after_help = bench_modems::EXAMPLES)]
    BenchModems(Box<bench_modems::BenchModems>),
    /// Count messages over time, and tell how long they took.
    #[command(after_help = stats::EXAMPLES)]
    Stats(Box<stats::Stats>),
    /// Run a USSD code on a SIM and print the reply.
    #[command(after_help = sims::USSD_EXAMPLES)]
    Ussd(sims::Ussd),
    /// Make, list and revoke API keys, whether or not the daemon runs.
    #[command(subcommand, after_help = key::EXAMPLES)]
    Key(key::KeyCommand),
    /// Make, list, change and remove users, whether or not the daemon runs.
    #[command(subcommand, after_help = user::EXAMPLES)]
    User(user::UserCommand),
    /// Print a code that makes the first user; it works once, for an hour.
    #[command(after_help = user::SETUP_EXAMPLES)]
    SetupCode(user::SetupCode),
    /// Look through the chain of the audit, whether or not the daemon runs; list changes.
    #[command(subcommand, after_help = audit::EXAMPLES)]
    Audit(audit::AuditCommand),
    /// Take PDUs apart and put them together.
    #[command(subcommand, after_help = pdu::EXAMPLES)]
    Pdu(pdu::PduCommand),
    /// Print the documented simgate.toml; export and import what operators have set.
    #[command(subcommand, after_help = config::EXAMPLES)]
    Config(config::ConfigCommand),
    /// Write the manual pages into a folder.
    #[command(after_help = man::EXAMPLES)]
    Man(man::ManPages),
    /// Print a completion script for a shell.
    #[command(after_help = completions::EXAMPLES)]
    Completions {
        /// The shell to print it for.
        shell: clap_complete::Shell,
    },
}

/// Reads the command line and does what it says.
pub(crate) fn main() -> ExitCode {
    let read = command()
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let done = match read {
        Ok(cli) => run(cli.command),
        Err(error) if status::is_for_a_monitor(std::env::args_os()) && error.use_stderr() => {
            status::wrong_usage(&error)
        }
        Err(error) => error.exit(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// The whole command line.
fn command() -> clap::Command {
    with_examples(Cli::command())
}

/// Shows a group's examples below each of its commands too.
fn with_examples(cli: clap::Command) -> clap::Command {
    cli.mut_subcommands(|group| match group.get_after_help().cloned() {
        Some(examples) => group.mut_subcommands(|command| match command.get_after_help() {
            Some(_) => command,
            None => command.after_help(examples.clone()),
        }),
        None => group,
    })
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(serve) => serve.run(),
        Command::Demo(demo) => demo.run(),
        Command::Status(status) => status.run(),
        Command::System(system) => system.run(),
        Command::Check(check) => check.run(),
        Command::Restore(restore) => restore.run(),
        Command::Encrypt(encrypt) => encrypt.run(),
        Command::Decrypt(decrypt) => decrypt.run(),
        Command::SupportBundle(bundle) => bundle.run(),
        Command::Send(send) => send.run(),
        Command::Messages(command) => command.run(),
        Command::Conversations(command) => command.run(),
        Command::Sims(command) => command.run(),
        Command::Suppressions(command) => command.run(),
        Command::Templates(command) => command.run(),
        Command::Modems(command) => command.run(),
        Command::Bank(command) => command.run(),
        Command::Uplinks(command) => command.run(),
        Command::Routes(command) => command.run(),
        Command::Webhooks(command) => command.run(),
        Command::Backup(command) => command.run(),
        Command::BenchModems(bench) => bench.run(),
        Command::Stats(stats) => stats.run(),
        Command::Ussd(ussd) => ussd.run(),
        Command::Key(command) => command.run(),
        Command::User(command) => command.run(),
        Command::SetupCode(command) => command.run(),
        Command::Audit(command) => command.run(),
        Command::Pdu(command) => command.run(),
        Command::Config(command) => command.run(),
        Command::Man(pages) => pages.run(),
        Command::Completions { shell } => completions::run(shell),
    }
}

#[cfg(test)]
mod tests {
    use super::command;

    /// Clap looks at the options of a command only when it is used, and ends the program then.
    #[test]
    fn no_two_options_of_a_command_have_one_name() {
        command().debug_assert();
    }
}
