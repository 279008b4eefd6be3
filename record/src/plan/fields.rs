//! The fields of each kind of entry: PRSB elements by their own names (`reference/appendix-prsb-elements.md` sections 2, 6 and 7) and
//! the ReSPECT v3 form (`reference/careplan.md` section 3). A table, nothing else. A field's code is never changed or used again;
//! prose fields of the four parts are born with the plan, so a new one there needs a new version of the document.

use super::shape::{Field, Form, Kind};
use super::values;

const fn field(code: &'static str, label: &'static str, form: Form) -> Field {
    Field { code, label, form }
}

const TEXT: Field = field("text", "In words", Form::Prose);
const REVIEW: Field = field("review", "Planned review date", Form::Date);
const RESPONSIBLE: Field = field("responsible", "Responsible for review: name", Form::Line(70));
const RESPONSIBLE_ROLE: Field = field("responsible-role", "Responsible for review: role", Form::Line(70));
const RESPONSIBLE_CONTACT: Field = field("responsible-contact", "Responsible for review: contact", Form::Line(35));
const AGREED: Field = field("agreed", "Agreed with the person or their legitimate representative", Form::YesNo);
const AGREED_NAME: Field = field("agreed-name", "Agreed with: full name", Form::Line(70));
const AGREED_ROLE: Field = field("agreed-role", "Agreed with: role", Form::Line(70));
const NAME: Field = field("name", "Name", Form::Line(70));
const ROLE: Field = field("role", "Role", Form::Line(70));
const CONTACT: Field = field("contact", "Contact details", Form::Line(70));
const KEPT: Field = field("kept", "Where the document is kept", Form::Line(150));
const PROCEDURE: &str = "<< 71388002 |Procedure| OR << 129125009 |Procedure with explicit context|";
const HEALTH_ISSUE: &str = "^ 1127581000000103 |Health issues simple reference set|";
const HEALTH_MATTER: &str = "^ 1127601000000107 |Healthcare matters simple reference set|";
const PLAN_TYPE: &str = "^ 999001471000000108 |Care plan type simple reference set|";

/// About Me v2.01: seven headings, matched by position and code, not by title.
const ABOUT: &[Field] = &[
    field("most-important", "What is most important to me", Form::Prose),
    field("people", "People who are important to me", Form::Prose),
    field("communication", "How I communicate and how to communicate with me", Form::Prose),
    field("wellness", "My wellness", Form::Prose),
    field("please-do", "Please do and please do not", Form::Prose),
    field("support", "How and when to support me", Form::Prose),
    field("worth-knowing", "Also worth knowing about me", Form::Prose),
    field("supported-by", "Supported to write this by", Form::Line(150)),
];

const CARE: &[Field] = &[
    AGREED,
    AGREED_NAME,
    AGREED_ROLE,
    REVIEW,
    RESPONSIBLE,
    RESPONSIBLE_ROLE,
    RESPONSIBLE_CONTACT,
    field("funding", "Care funding source", Form::Line(150)),
];

const STATUS: Field = field("status", "Goal status", Form::Decided);

const GOAL: &[Field] = &[
    TEXT,
    field("code", "Code", Form::Snomed("413350009 |Finding with explicit context|")),
    field("importance", "Importance to the person, 1 to 10", Form::Score),
    STATUS,
];

const ACTION: &[Field] = &[
    field("text", "What", Form::Prose),
    field("code", "Code", Form::Snomed(PROCEDURE)),
    field("who", "Who: name", Form::Line(70)),
    field("who-role", "Who: role", Form::Line(70)),
    field("who-team", "Who: team", Form::Line(35)),
    field("who-contact", "Who: contact details", Form::Line(35)),
    field("when", "When", Form::Date),
    field("strategies", "Suggested strategies", Form::Prose),
    field("status", "Status", Form::Choice(values::ACTION_STATUS)),
    field("status-text", "Status in words", Form::Line(150)),
    field("confidence", "Confidence, 1 to 10", Form::Score),
    REVIEW,
];

const STAGE_GOAL: &[Field] = &[
    TEXT,
    field("code", "Code", Form::Snomed("413350009 |Finding with explicit context|")),
    field("outcome", "Outcome", Form::Prose),
    STATUS,
];

const CONTINGENCY: &[Field] = &[
    field("trigger", "Trigger factors", Form::Prose),
    field("trigger-code", "Trigger code", Form::Snomed(HEALTH_ISSUE)),
    field("name", "Plan name", Form::Line(150)),
    field("name-code", "Plan name code", Form::Snomed(PLAN_TYPE)),
    field("what", "What should happen", Form::Prose),
    field("what-code", "What should happen: code", Form::Snomed(PROCEDURE)),
    AGREED,
    AGREED_NAME,
    AGREED_ROLE,
    REVIEW,
    RESPONSIBLE,
    RESPONSIBLE_ROLE,
    RESPONSIBLE_CONTACT,
    field("statement", "Advance statement", Form::Prose),
    field("statement-kept", "Where the advance statement is kept", Form::Line(150)),
    field("anticipatory", "Anticipatory medicines or equipment", Form::Prose),
];

const END_OF_LIFE: &[Field] = &[
    field("register", "On the palliative care register", Form::Choice(values::PRESENCE)),
    field("prognosis", "Estimated prognosis", Form::Choice(values::PROGNOSIS)),
    field("prognosis-text", "Prognosis in words, and what the person knows", Form::Prose),
    field("place", "Preferred place of death", Form::Choice(values::PLACE_OF_DEATH)),
    field("place-name", "Preferred place of death: name", Form::Line(150)),
    field("place-text", "Preferences and wishes", Form::Prose),
    field("statement", "Advance statement", Form::Prose),
    field("statement-kept", "Where the advance statement is kept", Form::Line(150)),
    field("financial", "Financial support (SR1)", Form::Choice(values::PRESENCE)),
    field("died-where", "Actual place of death", Form::Line(150)),
    field("died-when", "Date of death", Form::Date),
    REVIEW,
    RESPONSIBLE,
    RESPONSIBLE_ROLE,
    RESPONSIBLE_CONTACT,
];

/// ReSPECT v3 by section. Section 1 is the record's demographics; CPR, focus and capacity are decisions; section 7 is the signatures.
const RESPECT: &[Field] = &[
    field("summary", "2. Summary of relevant information", Form::Prose),
    field("proxy", "2. Legal welfare proxy in place", Form::Choice(values::PRESENCE)),
    field("proxy-contact", "2. Legal welfare proxy: who and how to reach them", Form::Line(150)),
    field("scale", "3. From sustaining life (0) to comfort (100)", Form::Scale),
    field("value", "3. What I most value", Form::Prose),
    field("fear", "3. What I most fear or wish to avoid", Form::Prose),
    field("guidance", "4. Guidance on specific interventions, including hospital admission", Form::Prose),
    field("reasoning", "4. Reasoning", Form::Prose),
    field("capacity-text", "5. If capacity is lacking, in what way", Form::Prose),
    field("involvement", "6. Involvement in making this plan", Form::Choices(values::INVOLVEMENT)),
    field("involvement-text", "6. Who took part; for D the reason, with the plan to involve", Form::Prose),
    field("senior", "7. Senior responsible clinician", Form::Line(150)),
    field("original", "Is the signed original with the person?", Form::Choice(values::PRESENCE)),
    REVIEW,
];

const ATTORNEY: &[Field] = &[
    NAME,
    field("relationship", "Relationship", Form::Line(70)),
    CONTACT,
    field("registered", "Registered", Form::Choice(values::PRESENCE)),
    field("text", "Scope, and whether it covers life-sustaining treatment", Form::Prose),
    KEPT,
];

pub(super) const fn of(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::About => ABOUT,
        Kind::Care => CARE,
        Kind::EndOfLife => END_OF_LIFE,
        Kind::Respect => RESPECT,
        Kind::Strength => const { &[TEXT, field("code", "Code", Form::Snomed(HEALTH_MATTER))] },
        Kind::Need => const { &[TEXT, field("code", "Code", Form::Snomed(HEALTH_ISSUE))] },
        Kind::Goal => GOAL,
        Kind::Action => ACTION,
        Kind::StageGoal => STAGE_GOAL,
        Kind::Outcome => const { &[TEXT, field("code", "Code", Form::Snomed(HEALTH_MATTER))] },
        Kind::OtherDocument => const { &[NAME, TEXT, KEPT] },
        Kind::Contingency => CONTINGENCY,
        Kind::Coping => const { &[TEXT, field("from", "From", Form::Date), field("until", "Until", Form::Date)] },
        Kind::ToContact => const { &[NAME, ROLE, CONTACT] },
        Kind::WarningSign => const { &[TEXT, field("code", "Code", Form::Snomed(HEALTH_MATTER))] },
        Kind::SupportPlan => {
            const {
                &[
                    field("name", "Plan name", Form::Line(150)),
                    field("name-code", "Plan name code", Form::Snomed(PLAN_TYPE)),
                    TEXT,
                    REVIEW,
                    RESPONSIBLE,
                    RESPONSIBLE_ROLE,
                    RESPONSIBLE_CONTACT,
                ]
            }
        }
        Kind::EndOfLifePlan => {
            const {
                &[
                    field("name", "Plan", Form::Choice(values::EOL_PLAN)),
                    TEXT,
                    REVIEW,
                    RESPONSIBLE,
                    RESPONSIBLE_ROLE,
                    RESPONSIBLE_CONTACT,
                    KEPT,
                ]
            }
        }
        // The dose is a decision, not a field: it never resolves itself.
        Kind::Anticipatory => {
            const {
                &[
                    field("text", "Medicine or equipment", Form::Prose),
                    field("code", "Code", Form::Snomed(PROCEDURE)),
                    field("where", "Where in the home it is kept", Form::Line(150)),
                    field("issued", "Issued", Form::Date),
                ]
            }
        }
        Kind::Involved => const { &[NAME, field("relationship", "Relationship", Form::Line(70)), TEXT] },
        Kind::WelfareAttorney | Kind::PropertyAttorney => ATTORNEY,
        Kind::PlanningDocument => const { &[NAME, KEPT] },
        Kind::EmergencyContact => const { &[NAME, field("role", "Relationship or role", Form::Line(70)), CONTACT] },
        Kind::FormReview => {
            const {
                &[
                    field("when", "Review date", Form::Date),
                    NAME,
                    field("grade", "Grade or speciality", Form::Line(70)),
                    field("number", "GMC, NMC or HCPC number", Form::Line(35)),
                    TEXT,
                ]
            }
        }
    }
}
