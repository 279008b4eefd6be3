//! Injects faults, family by family, and prints what was detected: `faults [SEED [CASES]]`. It fails if anything was missed.

mod audit;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let seed = args.next().and_then(Result::ok).unwrap_or(1);
    let cases = args.next().and_then(Result::ok).and_then(|n| u32::try_from(n).ok()).unwrap_or(2_000);
    let mut whole = true;
    for report in audit::run(seed, cases) {
        whole &= report.missed.is_empty() && report.cases == cases;
        println!("{report}");
    }
    if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
