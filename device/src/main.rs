//! `satchel-device`: the whole device without a window, for administrators, scripts and tests. Every screen question can be asked; the
//! PIN comes from `SATCHEL_PIN_FILE` or `SATCHEL_PIN`, never from an argument. Patient content is printed only as the answer to `ask`.

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use desk::ask::{Ask, Enrol, GetStatus, SignIn, VerifyAudit};
use device::{Device, native};
use record::StaffId;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The system's allocator took a tenth of an import and a fifth of opening a record (decision 0043): much of both is small text.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "satchel-device", version, about = "A Satchel device without a window")]
struct Args {
    /// The device's folder
    #[arg(long, env = "SATCHEL_HOME")]
    home: PathBuf,
    /// Whose vault, where several people are enrolled
    #[arg(long)]
    user: Option<StaffId>,
    /// Answers and errors as one line of JSON
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Enrol with the one-time ticket that `satchel-hub enrol` printed
    Enrol {
        /// The ticket; `-` or nothing reads it from SATCHEL_TICKET or standard input
        ticket: Option<String>,
    },
    /// Who is enrolled, and what lies sealed; with `unlock` also what is unsent, and how fresh it is
    Status,
    /// Check that the PIN opens the vault
    Unlock,
    /// One round with the hub
    Post,
    /// Ask any question of the screen
    Ask {
        /// Its name, as in `--list`
        name: Option<String>,
        /// Its fields as JSON; `-` reads standard input
        #[arg(default_value = "{}")]
        fields: String,
        /// Where paper goes (PrintBag): a file that is not there yet
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        /// Print every question with an example
        #[arg(long)]
        list: bool,
    },
    /// Ask several questions in one session: a name and its fields as JSON a line; the answers as one list. Ends at the first that is refused
    Session {
        /// A file with the questions; `-` reads standard input
        file: PathBuf,
    },
    /// What waits to be sent: sealed beside the vault, so that no PIN is needed
    Outbox {
        #[command(subcommand)]
        verb: Option<OutboxVerb>,
    },
    /// The device's audit
    Audit {
        #[command(subcommand)]
        verb: AuditVerb,
    },
}

#[derive(Subcommand)]
enum OutboxVerb {
    /// What lies here that no hub has said it holds
    List,
    /// Bring it to the hub; works with a forgotten PIN, an ended licence or a damaged vault
    Send,
    /// Write sealed copies, and receipts owed to colleagues, to a folder: for somebody to carry
    Carry { folder: PathBuf },
    /// Take in from a folder: colleagues' sealed work to carry, and receipts for ours
    Take { folder: PathBuf },
    /// Take along what the device that shows this code has sealed (over the local network), and give it its receipts
    Fetch { code: String },
}

#[derive(Subcommand)]
enum AuditVerb {
    /// Check the chain from its first entry
    Verify,
}

fn main() -> ExitCode {
    device::scrub::no_core(true);
    device::scrub::own_files_only();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(wrong) => return misread(&wrong),
    };
    let json = args.json;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(run(args)));
    match done {
        Ok(value) => {
            print(&value, json);
            ExitCode::SUCCESS
        }
        Err(error) => {
            if json {
                print(&json!({ "error": format!("{error:#}") }), true);
            } else {
                eprintln!("satchel-device: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<Value> {
    if let Verb::Ask { list: true, .. } = args.verb {
        return Ok(Ask::EXAMPLES.iter().map(|(name, fields)| example(name, fields)).collect());
    }
    is_there(&args.home, &args.verb)?;
    // The window writes which keystore a home began with; the platform's keychain is the shell's alone.
    let kind = std::fs::read_to_string(args.home.join("keystore-kind")).unwrap_or_default();
    if kind.trim() == "platform" {
        bail!(
            "the keys of this folder are in this computer's keychain, which only the Satchel window opens; \
             use the window, or enrol into another folder with --home"
        );
    }
    let mut ports = native::ports(&args.home);
    if let Verb::Ask { to: Some(file), .. } = &args.verb {
        ports.tray = Arc::new(native::FileTray::File(file.clone()));
    }
    let device = Device::open(args.home.clone(), ports).context("opening the device's folder")?;
    match args.verb {
        Verb::Enrol { ticket } => {
            let ticket = ticket_of(ticket)?;
            told(&device, Ask::Enrol(Enrol { ticket: ticket.into(), pin: pin()?.to_string().into() })).await
        }
        Verb::Status => {
            let mut status = told(&device, Ask::GetStatus(GetStatus {})).await?;
            if let Some(fields) = status.as_object_mut().filter(|fields| fields["signed_in"].is_null()) {
                // They stand in the vault: closed, nothing is known of them, and nought would be a claim.
                for unknown in ["unsent", "synced", "receipted", "licence", "clock_in_doubt", "doubts", "link"] {
                    fields.remove(unknown);
                }
                fields.insert("not_known_without_pin".into(), json!("what is unsent, when the hub was reached last"));
            }
            Ok(status)
        }
        Verb::Unlock => {
            sign_in(&device, args.user).await?;
            told(&device, Ask::GetStatus(GetStatus {})).await
        }
        Verb::Post => {
            sign_in(&device, args.user).await?;
            // Whoever posts from a command line closes the device after it: no loop carries the photographs on.
            let posted = device.sync_all().await.map_err(|trouble| anyhow::anyhow!("{trouble}"))?;
            Ok(serde_json::to_value(posted)?)
        }
        Verb::Outbox { verb } => outbox(&device, verb.unwrap_or(OutboxVerb::List)).await,
        Verb::Audit { verb: AuditVerb::Verify } => {
            sign_in(&device, args.user).await?;
            let check = told(&device, Ask::VerifyAudit(VerifyAudit {})).await?;
            if !check["broken"].is_null() {
                bail!("the audit chain breaks: {}", check["broken"]);
            }
            Ok(check)
        }
        Verb::Ask { name, fields, .. } => {
            let name = name.context("name a question; `ask --list` prints them all")?;
            let fields = if fields == "-" { std::io::read_to_string(std::io::stdin())? } else { fields };
            let ask = Ask::from_parts(&name, &fields).with_context(|| like(&name))?;
            if !matches!(ask, Ask::GetStatus(_) | Ask::Enrol(_) | Ask::SignIn(_)) {
                sign_in(&device, args.user).await?;
            }
            told(&device, ask).await
        }
        Verb::Session { file } => {
            let from_input = file.as_os_str() == "-";
            let text =
                if from_input { std::io::read_to_string(std::io::stdin())? } else { std::fs::read_to_string(&file)? };
            sign_in(&device, args.user).await?;
            let mut answers = Vec::new();
            for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                let (name, fields) = line.trim().split_once(' ').unwrap_or((line.trim(), "{}"));
                // What was asked is not repeated: it may be somebody's.
                let ask = Ask::from_parts(name, fields).with_context(|| format!("the question on line {}", n + 1))?;
                answers.push(told(&device, ask).await?);
            }
            Ok(Value::Array(answers))
        }
    }
}

/// A question that was not one, and what it looks like.
fn like(name: &str) -> String {
    let example = Ask::EXAMPLES.iter().find(|(known, _)| *known == name);
    example.map_or_else(|| format!("the question {name}"), |(_, fields)| format!("the question {name} (like {fields})"))
}

/// How a question is asked; and, where it has a time, how that is written.
fn example(name: &str, fields: &str) -> Value {
    let given: Value = serde_json::from_str(fields).unwrap_or(Value::Null);
    let times = ["until", "at", "when", "end"];
    let time = times.into_iter().find_map(|time| Some((time, given[time].as_i64()?)));
    let mut shown = json!({ "name": name, "example": fields });
    if let Some((time, millis)) = time {
        let as_time = record::Stamp::from_millis(millis);
        shown["times"] = json!(format!("milliseconds since 1970 (UTC): {time} is {as_time}"));
    }
    shown
}

/// A device is in this folder. Only what makes one, or carries for others, makes the folder: a mistyped `--home` is not a new device.
fn is_there(home: &Path, verb: &Verb) -> Result<()> {
    let makes = match verb {
        Verb::Enrol { .. } => true,
        Verb::Ask { name, .. } => name.as_deref() == Some("Enrol"),
        Verb::Outbox { verb: Some(OutboxVerb::Take { .. } | OutboxVerb::Fetch { .. }) } => true,
        _ => false,
    };
    if !makes && !home.join("users").is_dir() {
        bail!("there is no Satchel device in {}; `enrol` makes one there", home.display());
    }
    Ok(())
}

fn plain(trouble: desk::Trouble) -> anyhow::Error {
    anyhow::anyhow!("{trouble}")
}

async fn outbox(device: &Arc<Device>, verb: OutboxVerb) -> Result<Value> {
    match verb {
        OutboxVerb::List => {
            let (lying, receipts) = (device.outbox().map_err(plain)?, device.carried_receipts().map_err(plain)?);
            Ok(json!({ "segments": lying, "receipts_to_give_back": receipts }))
        }
        OutboxVerb::Send => {
            let held = device.send_outbox().await.map_err(plain)?;
            let left = device.outbox().map_err(plain)?;
            let stuck: Vec<_> = left.iter().filter(|lying| lying.stuck.is_some()).collect();
            Ok(json!({ "held_by_the_hub": held, "left": left.len(), "stuck": stuck }))
        }
        OutboxVerb::Carry { folder } => Ok(serde_json::to_value(device.carry_out(&folder).map_err(plain)?)?),
        OutboxVerb::Fetch { code } => Ok(serde_json::to_value(device.carry_from(&code).await.map_err(plain)?)?),
        OutboxVerb::Take { folder } => Ok(serde_json::to_value(device.carry_in(&folder).map_err(plain)?)?),
    }
}

/// Signs in the named user, or the only one there is.
async fn sign_in(device: &Arc<Device>, user: Option<StaffId>) -> Result<Value> {
    let staff = match user {
        Some(staff) => staff,
        None => {
            let status = told(device, Ask::GetStatus(GetStatus {})).await?;
            match status["users"].as_array().map(Vec::as_slice) {
                Some([only]) => only["staff"].as_str().unwrap_or_default().parse()?,
                Some([]) | None => bail!("nobody is enrolled on this device; run `satchel-device enrol` first"),
                Some(_) => bail!("several people are enrolled on this device; say whose with --user"),
            }
        }
    };
    told(device, Ask::SignIn(SignIn { staff, pin: pin()?.to_string().into() })).await
}

/// Asks, and turns a trouble into an error with its one clear sentence.
async fn told(device: &Arc<Device>, ask: Ask) -> Result<Value> {
    let mut reply: Value = serde_json::from_slice(&device.answer(ask).await)?;
    if let Some(answer) = reply.get_mut("Ok") {
        return Ok(answer.take());
    }
    let trouble: desk::Trouble = serde_json::from_value(reply["Err"].take()).context("the device's answer")?;
    match trouble {
        desk::Trouble::Refused(why) => {
            let next = serde_json::to_string(&why.next)?;
            bail!("refused: {} {} (outcome {}, next {next})", why.sentence, why.basis.sentence, why.outcome.code())
        }
        trouble => bail!("{trouble}"),
    }
}

fn ticket_of(argument: Option<String>) -> Result<String> {
    match argument.as_deref() {
        Some(ticket) if ticket != "-" => Ok(ticket.to_owned()),
        _ => match std::env::var("SATCHEL_TICKET") {
            Ok(ticket) => Ok(ticket),
            Err(_) => std::io::read_to_string(std::io::stdin()).context("reading the ticket from standard input"),
        },
    }
}

fn pin() -> Result<Zeroizing<String>> {
    pin_of(|name| std::env::var(name).ok())
}

/// From the file that is named, else as it is given. A name that is empty names nothing.
fn pin_of(given: impl Fn(&str) -> Option<String>) -> Result<Zeroizing<String>> {
    let given = |name| given(name).filter(|text| !text.trim().is_empty());
    if let Some(path) = given("SATCHEL_PIN_FILE") {
        let mut text = Zeroizing::new(String::new());
        let mut file = std::fs::File::open(&path).with_context(|| format!("opening the PIN file {path}"))?;
        file.read_to_string(&mut text).with_context(|| format!("reading the PIN file {path}"))?;
        return Ok(Zeroizing::new(text.trim().to_owned()));
    }
    let pin = given("SATCHEL_PIN").context("give the PIN in SATCHEL_PIN_FILE or SATCHEL_PIN")?;
    Ok(Zeroizing::new(pin))
}

/// What clap could not read, or `--help`: as JSON where that is what was asked for.
fn misread(wrong: &clap::Error) -> ExitCode {
    if wrong.use_stderr() && std::env::args_os().any(|arg| arg == "--json") {
        let said = wrong.to_string();
        print(&json!({ "error": said.lines().next().unwrap_or_default().trim_start_matches("error: ") }), true);
    } else {
        // Nobody is left to be told that the terminal is gone.
        let _ = wrong.print();
    }
    ExitCode::from(u8::try_from(wrong.exit_code()).unwrap_or(2))
}

/// A reader that has seen enough (`| head`) closes the pipe: that is no fault.
fn print(value: &Value, json: bool) {
    let mut out = std::io::stdout().lock();
    let _ = if json { writeln!(out, "{value}") } else { writeln!(out, "{value:#}") };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_name_of_a_pin_file_does_not_stand_before_the_pin() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pin");
        std::fs::write(&file, "271828\n").unwrap();
        let file = file.display().to_string();
        let pin = |path: &str, given: &str| {
            pin_of(|name| Some(if name == "SATCHEL_PIN_FILE" { path.to_owned() } else { given.to_owned() }))
        };
        assert_eq!(**pin(&file, "314159").unwrap(), *"271828");
        assert_eq!(**pin("", "314159").unwrap(), *"314159");
        assert!(pin("", "").is_err() && pin("/nowhere", "314159").is_err());
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_no_device_and_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("typo");
        for verb in [&["status"][..], &["unlock"], &["post"], &["outbox"], &["ask", "GetStatus"], &["audit", "verify"]]
        {
            let place = home.display().to_string();
            let words = ["satchel-device", "--home", &place].into_iter().chain(verb.iter().copied());
            let said = run(Args::try_parse_from(words).unwrap()).await.unwrap_err().to_string();
            assert!(said.contains("no Satchel device"), "{verb:?}: {said}");
        }
        assert!(!home.exists());
    }

    #[test]
    fn a_question_that_does_not_fit_is_shown_one_that_does() {
        let example = like("EndChoice");
        assert_eq!(example, r#"the question EndChoice (like {"person":"00112233445566778899aabbccddeeff"})"#);
        assert_eq!(like("Nothing"), "the question Nothing");
    }

    #[test]
    fn a_question_with_a_time_says_how_it_is_written() {
        let of =
            |wanted| Ask::EXAMPLES.iter().find(|(name, _)| *name == wanted).map(|(name, fields)| example(name, fields));
        let choice = of("RecordChoice").unwrap();
        assert_eq!(choice["times"], "milliseconds since 1970 (UTC): until is 2027-03-27T00:00:00Z");
        assert!(of("GetStatus").unwrap()["times"].is_null());
    }
}
