//! FHIR R4 Consent, in and out: which choice a Consent amounts to, and how a choice is written as one. The shapes are those of UK Core and
//! IHE PCF (`reference/consent.md` section 3). Not the rules (that is `record::consent`) and not the import (that is
//! `crate::intake`): nothing here touches the store.

pub mod read;
pub mod write;

/// Our own words, where FHIR has none.
pub const BASE: &str = "https://fhir.satchel.example";
pub(crate) const SDS_USER: &str = "https://fhir.nhs.uk/Id/sds-user-id";
pub(crate) const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
pub(crate) const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
/// There is no code for safeguarding in ActReason.
pub(crate) const PURPOSES: &str = "https://fhir.satchel.example/CodeSystem/purpose";
pub(crate) const POLICY_DENY: &str = "https://profiles.ihe.net/ITI/PCF/Policy-deny";
pub(crate) const POLICY_BREAK_GLASS: &str = "https://profiles.ihe.net/ITI/PCF/Policy-break-glass-only";
pub(crate) const END_EVENT: &str = "https://fhir.satchel.example/StructureDefinition/consent-end-event";
pub(crate) const CONFLICT: &str = "https://fhir.satchel.example/StructureDefinition/consent-conflict";
pub(crate) const FORM: &str = "https://fhir.satchel.example/Id/opt-out-form-sha256";

#[cfg(test)]
mod tests;
