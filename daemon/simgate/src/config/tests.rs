use super::load::parse;
use super::*;
use gateway::settings::Ports;

#[test]
fn the_documented_file_is_the_default() {
    assert_eq!(parse(&Config::default_file()).unwrap(), Config::default());
}

/// The values that the documented file shows commented out must be ones that it takes.
#[test]
fn the_examples_in_the_documented_file_are_valid() {
    // Some are of use only with a certificate.
    let file =
        Config::default_file().replace("= \"none\"\n\n# PEM file", "= \"/x.pem\"\n\n# PEM file");
    let mut examples = 0;
    for line in file
        .lines()
        .filter(|line| line.starts_with("# ") && line.contains(" = "))
    {
        let name = line.trim_start_matches("# ").split(' ').next().unwrap();
        let example: String = file
            .lines()
            .filter(|other| !other.starts_with(&format!("{name} = ")))
            .map(|other| {
                if other == line {
                    line.trim_start_matches("# ")
                } else {
                    other
                }
            })
            .fold(String::new(), |all, line| all + line + "\n");
        let config = parse(&example).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_ne!(config, Config::default(), "{line}");
        examples += 1;
    }
    assert_eq!(examples, 18);
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let error = parse("data_dir = \"/x\"\n[http]\nlisen = \"127.0.0.1:1\"\n").unwrap_err();
    assert!(
        error.contains("lisen") && error.contains("line 3"),
        "{error}"
    );
    let error = parse("[smpp]\n").unwrap_err();
    assert!(
        error.contains("smpp") && error.contains("line 1"),
        "{error}"
    );
}

#[test]
fn a_value_out_of_range_is_named_with_its_range_and_line() {
    let error = parse("\n[http]\nmax_body_bytes = 1\n").unwrap_err();
    assert_eq!(
        error,
        "line 3: http.max_body_bytes: 1 is out of range: 4096 to 268435456"
    );
    let error = parse("defaults.validity_seconds = 0\nmodems.baud = 1\n").unwrap_err();
    assert!(
        error.contains("line 1: defaults.validity_seconds: 0"),
        "{error}"
    );
    assert!(
        error.contains("line 2: modems.baud: 1 is out of range: 1200"),
        "{error}"
    );
}

#[test]
fn a_wrong_value_is_told_with_what_it_must_be() {
    for (file, named) in [
        (
            "[http]\nlisten = \"localhost\"\n",
            "line 2: http.listen: must be an address and a port in quotes, such as \"127.0.0.1:8080\"",
        ),
        (
            "[http]\nlisten = 8080\n",
            "line 2: http.listen: must be an address and a port in quotes, such as \"127.0.0.1:8080\"",
        ),
        (
            "[modems]\nports = 5\n",
            "line 2: modems.ports: must be \"auto\" or a list of glob patterns, such as [\"auto\", \"/dev/simgate/*/serial-*\"]",
        ),
        (
            "[modems]\nports = \"/dev/ttyUSB*\"\n",
            "line 2: modems.ports: must be \"auto\" or a list of glob patterns, such as [\"auto\", \"/dev/simgate/*/serial-*\"]",
        ),
        (
            "[modems]\nports = [\"/dev/ttyUSB*\", 3]\n",
            "line 2: modems.ports: must be",
        ),
        (
            "[modems]\nports = [\"/dev/[\"]\n",
            "line 2: modems.ports: \"/dev/[\"",
        ),
        (
            "[defaults]\ncountry = \"Vietnam\"\n",
            "line 2: defaults.country: \"VIETNAM\" is not a two-letter country code such as \"VN\"",
        ),
        (
            "[defaults]\ncountry = 84\n",
            "line 2: defaults.country: must be a text in quotes, such as \"VN\"",
        ),
        (
            "[defaults]\nnational_languages = [\"klingon\"]\n",
            "line 2: defaults.national_languages: must be a list of turkish, spanish,",
        ),
        (
            "[scheduler]\nstrategy = \"best\"\n",
            "line 2: scheduler.strategy: must be \"balance\" or \"round-robin\"",
        ),
        (
            "[retention]\nmessages_days = -1\n",
            "line 2: retention.messages_days: must be a whole number from 0 to 36500, such as 90",
        ),
        (
            "[modems]\nbaud = \"fast\"\n",
            "line 2: modems.baud: must be a whole number from 1200 to 4000000, such as 115200",
        ),
        (
            "data_dir = \"data\"\n",
            "line 1: data_dir: must be an absolute path",
        ),
        (
            "http = 8080\n",
            "line 1: http: must be a section: [http] on a line of its own",
        ),
        ("[[log]]\n", "line 1: log: must be a section"),
        (
            "data_dir = 1\n",
            "line 1: data_dir: must be a path in quotes, such as \"/var/lib/simgate\"",
        ),
    ] {
        let error = parse(file).unwrap_err();
        assert!(error.starts_with(named), "{file} gave {error}");
    }
}

/// Whatever stands in the place of a value, nobody reads of Rust's types.
#[test]
fn no_error_speaks_of_types_of_the_program() {
    let file = Config::default_file();
    let mut section = String::new();
    for line in file.lines() {
        if line.starts_with('[') {
            line.clone_into(&mut section);
        }
        let Some((name, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else {
            continue;
        };
        for value in ["1.5", "-7", "\"?\"", "[[]]", "{ a = 1 }", "1979-05-27"] {
            let Err(error) = parse(&format!("{section}\n{name} = {value}\n")) else {
                continue;
            };
            let told = error.contains("must be") || error.contains("out of range");
            let rust = ["expected", "u32", "variant", "untagged", "invalid type"];
            let slip = rust.iter().find(|word| error.contains(**word));
            assert!(told && slip.is_none(), "{name} = {value}: {error}");
        }
    }
}

#[test]
fn the_interface_that_deployments_use_parses() {
    let config = parse(
        "data_dir = \"/srv/simgate\"\n[http]\nlisten = \"127.0.0.1:9000\"\n[modems]\n\
         ports = [\"/run/bank/modem*\"]\n[defaults]\ncountry = \"vn\"\n",
    )
    .unwrap();
    assert_eq!(config.modems.ports.globs(), ["/run/bank/modem*"]);
    assert_eq!(config.defaults.country.as_deref(), Some("VN"));
    assert_eq!(Ports::Auto.globs(), ["/dev/simgate/*/at*"]);
    let with_more = parse("[modems]\nports = [\"auto\", \"/dev/ttyS1\"]\n").unwrap();
    assert_eq!(
        with_more.modems.ports.globs(),
        ["/dev/simgate/*/at*", "/dev/ttyS1"]
    );
}

#[test]
fn a_power_command_must_be_a_program_by_its_whole_path() {
    for command in ["", "\"uhubctl\""] {
        let file = format!("[power]\nbackend = \"command\"\ncommand = [{command}]\n");
        let error = parse(&file).unwrap_err();
        assert!(error.contains("line 3: power.command"), "{error}");
    }
    let file = "[power]\nbackend = \"command\"\ncommand = [\"/usr/sbin/uhubctl\"]\n";
    assert!(parse(file).is_ok());
}

#[test]
fn plain_http_stays_on_this_machine_unless_told_otherwise() {
    for file in [
        "[http]\nlisten = \"127.0.0.2:80\"\n",
        "[http]\nlisten = \"[::1]:80\"\n",
        "[http]\nlisten = \"[::ffff:127.0.0.1]:80\"\n",
        "[http]\nlisten = \"0.0.0.0:80\"\nallow_plain_http_from_other_hosts = true\n",
        "[http]\nlisten = \"0.0.0.0:443\"\nredirect_listen = \"0.0.0.0:80\"\n[http.tls]\ncertificate = \"self-signed\"\n",
    ] {
        parse(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

#[test]
fn a_certificate_comes_from_files_or_the_data_directory() {
    let source = |tls: &str| {
        let file = format!("data_dir = \"/data\"\n[http.tls]\n{tls}\n");
        parse(&file).unwrap().certificate_source()
    };
    assert_eq!(source(""), None);
    let own = Some(Source::SelfSigned("/data/tls".into()));
    assert_eq!(source("certificate = \"self-signed\""), own);
    let files = |key: &str| {
        Some(Source::Files {
            certificate: "/cert.pem".into(),
            key: key.into(),
        })
    };
    assert_eq!(source("certificate = \"/cert.pem\""), files("/cert.pem"));
    let two = "certificate = \"/cert.pem\"\nkey = \"/key.pem\"";
    assert_eq!(source(two), files("/key.pem"));
}

#[test]
fn a_wrong_value_of_the_http_server_is_told_with_what_it_must_be() {
    for (file, named) in [
        (
            "[http]\ntrusted_proxies = [\"10.0.0.0/99\"]\n",
            "line 2: http.trusted_proxies: must be a list of networks or addresses, such as [\"127.0.0.1\", \"10.0.0.0/24\"]",
        ),
        (
            "[http]\nlisten = \"0.0.0.0:8080\"\n",
            "line 2: http.listen: other hosts can reach 0.0.0.0:8080, and there is no TLS. Set certificate = \"self-signed\"",
        ),
        (
            "[http]\nlisten = \"[::]:8080\"\n",
            "line 2: http.listen: other hosts can reach",
        ),
        (
            "[http]\nredirect_listen = \"0.0.0.0:80\"\n",
            "line 2: http.redirect_listen: there is no HTTPS to redirect to",
        ),
        (
            "[http.tls]\nkey = \"/key.pem\"\n",
            "line 2: http.tls.key: is the key of a certificate's file",
        ),
        (
            "[http.tls]\ncertificate = \"/cert.pem\"\nkey = \"key.pem\"\n",
            "line 3: http.tls.key: must be an absolute path",
        ),
        (
            "[http.tls]\ncertificate = \"cert.pem\"\n",
            "line 2: http.tls.certificate: must be \"none\", \"self-signed\" or the absolute path of a PEM file, such as \"/etc",
        ),
        (
            "[http]\ntls = true\n",
            "line 2: http.tls: must be a section: [http.tls] on a line of its own",
        ),
        (
            "[http]\nproxy_header = \"x-real-ip\"\n",
            "line 2: http.proxy_header: must be \"x-forwarded-for\" or \"forwarded\"",
        ),
    ] {
        let error = parse(file).unwrap_err();
        assert!(error.starts_with(named), "{file} gave {error}");
    }
}
