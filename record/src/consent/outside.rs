//! When the offline licence has ended: what was permitted is not, but for a clinician who breaks the glass (`reference/identity.md`
//! section 5.4). It only ever takes away: a refusal stays the refusal it was.

use super::{Caveat, Circumstances, NextStep, Purpose, Refusal, Request, Rule, Verdict};
use crate::lease::Lending;
use crate::people::Role;
use crate::section::Sections;
use crate::stamp::Stamp;

/// Narrows a verdict to what holds without a licence. `lending`: `None` where the hub has never given one.
pub fn outside_licence(
    verdict: Verdict,
    request: &Request,
    at: &Circumstances<'_>,
    lending: Option<Lending>,
    now: Stamp,
) -> Verdict {
    let Verdict::Permitted(mut permit) = verdict else { return verdict };
    let emergency = matches!(request.purpose, Purpose::EmergencyTreat | Purpose::Safeguard);
    let offered = emergency && lending.is_some_and(|l| l.glass_after_end);
    let clinician = request.role == Role::RegulatedClinician;
    let declared = request
        .break_glass
        .as_ref()
        .filter(|glass| offered && clinician && now >= glass.since && now.since(glass.since) < at.policy.break_glass);
    if let Some(glass) = declared {
        let until = Caveat::BreakGlassUntil(glass.since.plus(at.policy.break_glass));
        if !permit.caveats.contains(&until) {
            permit.caveats.push(until);
            if !glass.widened {
                permit.caveats.push(Caveat::EmergencyViewOnly);
            }
        }
        if !glass.widened {
            permit.sections = permit.sections.and(Sections::emergency());
        }
        return Verdict::Permitted(permit);
    }
    let next = match (offered, clinician) {
        (true, true) => NextStep::BreakGlass,
        (true, false) => NextStep::CallAClinician,
        (false, _) => NextStep::RenewLicence,
    };
    Verdict::Refused(Refusal {
        rule: Rule::LicenceEnded,
        next,
        choice: at.recorded.choice,
        decided: at.recorded.decided,
        checked: at.checked,
    })
}
