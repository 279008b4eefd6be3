//! The resource types of FHIR R4 (4.0.1, section 2.1.5) and which element of each names the person it is about (the Patient
//! compartment, `CompartmentDefinition/patient`). Tables only.

use Subject::{Itself, May, Must, Nobody};

/// How a kind of resource says whom it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// It is the person.
    Itself,
    /// This element names the person, and without one the resource makes no sense in a record.
    Must(&'static str),
    /// This element (and the reference at this name inside it) may name the person, or a resource about the person.
    May(&'static str, &'static str),
    Nobody,
}

/// Every resource type of R4, sorted.
const KINDS: &[(&str, Subject)] = &[
    ("Account", May("subject", "")),
    ("ActivityDefinition", Nobody),
    ("AdverseEvent", Must("subject")),
    ("AllergyIntolerance", Must("patient")),
    ("Appointment", May("participant", "actor")),
    ("AppointmentResponse", May("actor", "")),
    ("AuditEvent", May("entity", "what")),
    ("Basic", May("subject", "")),
    ("Binary", May("securityContext", "")),
    ("BiologicallyDerivedProduct", Nobody),
    ("BodyStructure", Must("patient")),
    ("Bundle", Nobody),
    ("CapabilityStatement", Nobody),
    ("CarePlan", Must("subject")),
    ("CareTeam", Must("subject")),
    ("CatalogEntry", Nobody),
    ("ChargeItem", Must("subject")),
    ("ChargeItemDefinition", Nobody),
    ("Claim", Must("patient")),
    ("ClaimResponse", Must("patient")),
    ("ClinicalImpression", Must("subject")),
    ("CodeSystem", Nobody),
    ("Communication", May("subject", "")),
    ("CommunicationRequest", May("subject", "")),
    ("CompartmentDefinition", Nobody),
    ("Composition", May("subject", "")),
    ("ConceptMap", Nobody),
    ("Condition", Must("subject")),
    ("Consent", Must("patient")),
    ("Contract", May("subject", "")),
    ("Coverage", Must("beneficiary")),
    ("CoverageEligibilityRequest", Must("patient")),
    ("CoverageEligibilityResponse", Must("patient")),
    ("DetectedIssue", May("patient", "")),
    ("Device", May("patient", "")),
    ("DeviceDefinition", Nobody),
    ("DeviceMetric", Nobody),
    ("DeviceRequest", Must("subject")),
    ("DeviceUseStatement", Must("subject")),
    ("DiagnosticReport", Must("subject")),
    ("DocumentManifest", May("subject", "")),
    ("DocumentReference", May("subject", "")),
    ("EffectEvidenceSynthesis", Nobody),
    ("Encounter", Must("subject")),
    ("Endpoint", Nobody),
    ("EnrollmentRequest", May("candidate", "")),
    ("EnrollmentResponse", Nobody),
    ("EpisodeOfCare", Must("patient")),
    ("EventDefinition", Nobody),
    ("Evidence", Nobody),
    ("EvidenceVariable", Nobody),
    ("ExampleScenario", Nobody),
    ("ExplanationOfBenefit", Must("patient")),
    ("FamilyMemberHistory", Must("patient")),
    ("Flag", Must("subject")),
    ("Goal", Must("subject")),
    ("GraphDefinition", Nobody),
    ("Group", Nobody),
    ("GuidanceResponse", May("subject", "")),
    ("HealthcareService", Nobody),
    ("ImagingStudy", Must("subject")),
    ("Immunization", Must("patient")),
    ("ImmunizationEvaluation", Must("patient")),
    ("ImmunizationRecommendation", Must("patient")),
    ("ImplementationGuide", Nobody),
    ("InsurancePlan", Nobody),
    ("Invoice", May("subject", "")),
    ("Library", Nobody),
    ("Linkage", Nobody),
    ("List", May("subject", "")),
    ("Location", Nobody),
    ("Measure", Nobody),
    ("MeasureReport", May("subject", "")),
    ("Media", May("subject", "")),
    ("Medication", Nobody),
    ("MedicationAdministration", Must("subject")),
    ("MedicationDispense", Must("subject")),
    ("MedicationKnowledge", Nobody),
    ("MedicationRequest", Must("subject")),
    ("MedicationStatement", Must("subject")),
    ("MedicinalProduct", Nobody),
    ("MedicinalProductAuthorization", Nobody),
    ("MedicinalProductContraindication", Nobody),
    ("MedicinalProductIndication", Nobody),
    ("MedicinalProductIngredient", Nobody),
    ("MedicinalProductInteraction", Nobody),
    ("MedicinalProductManufactured", Nobody),
    ("MedicinalProductPackaged", Nobody),
    ("MedicinalProductPharmaceutical", Nobody),
    ("MedicinalProductUndesirableEffect", Nobody),
    ("MessageDefinition", Nobody),
    ("MessageHeader", May("focus", "")),
    ("MolecularSequence", May("patient", "")),
    ("NamingSystem", Nobody),
    ("NutritionOrder", Must("patient")),
    ("Observation", Must("subject")),
    ("ObservationDefinition", Nobody),
    ("OperationDefinition", Nobody),
    ("OperationOutcome", Nobody),
    ("Organization", Nobody),
    ("OrganizationAffiliation", Nobody),
    ("Parameters", Nobody),
    ("Patient", Itself),
    ("PaymentNotice", Nobody),
    ("PaymentReconciliation", Nobody),
    ("Person", May("link", "target")),
    ("PlanDefinition", Nobody),
    ("Practitioner", Nobody),
    ("PractitionerRole", Nobody),
    ("Procedure", Must("subject")),
    ("Provenance", May("target", "")),
    ("Questionnaire", Nobody),
    ("QuestionnaireResponse", May("subject", "")),
    ("RelatedPerson", Must("patient")),
    ("RequestGroup", May("subject", "")),
    ("ResearchDefinition", Nobody),
    ("ResearchElementDefinition", Nobody),
    ("ResearchStudy", Nobody),
    ("ResearchSubject", Must("individual")),
    ("RiskAssessment", Must("subject")),
    ("RiskEvidenceSynthesis", Nobody),
    ("Schedule", May("actor", "")),
    ("SearchParameter", Nobody),
    ("ServiceRequest", Must("subject")),
    ("Slot", Nobody),
    ("Specimen", May("subject", "")),
    ("SpecimenDefinition", Nobody),
    ("StructureDefinition", Nobody),
    ("StructureMap", Nobody),
    ("Subscription", Nobody),
    ("Substance", Nobody),
    ("SubstanceNucleicAcid", Nobody),
    ("SubstancePolymer", Nobody),
    ("SubstanceProtein", Nobody),
    ("SubstanceReferenceInformation", Nobody),
    ("SubstanceSourceMaterial", Nobody),
    ("SubstanceSpecification", Nobody),
    ("SupplyDelivery", May("patient", "")),
    ("SupplyRequest", May("deliverTo", "")),
    ("Task", May("for", "")),
    ("TerminologyCapabilities", Nobody),
    ("TestReport", Nobody),
    ("TestScript", Nobody),
    ("ValueSet", Nobody),
    ("VerificationResult", Nobody),
    ("VisionPrescription", Must("patient")),
];

/// Types that STU3 or DSTU2 had and R4 has not.
const OLD_KINDS: &[&str] = &[
    "BodySite",
    "Conformance",
    "DataElement",
    "DeviceComponent",
    "DeviceUseRequest",
    "DiagnosticOrder",
    "EligibilityRequest",
    "EligibilityResponse",
    "ExpansionProfile",
    "ImagingManifest",
    "ImagingObjectSelection",
    "MedicationOrder",
    "Order",
    "OrderResponse",
    "ProcedureRequest",
    "ProcessRequest",
    "ProcessResponse",
    "ReferralRequest",
    "Sequence",
    "ServiceDefinition",
];

/// The type of this name with its lasting spelling, and how it says whom it is about.
pub fn kind(name: &str) -> Option<(&'static str, Subject)> {
    KINDS.binary_search_by_key(&name, |(k, _)| k).ok().and_then(|n| KINDS.get(n)).copied()
}

pub fn is_old_kind(name: &str) -> bool {
    OLD_KINDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_complete() {
        assert!(KINDS.is_sorted_by(|a, b| a.0 < b.0));
        // 148 types, less the two abstract ones (Resource, DomainResource).
        assert_eq!(KINDS.len(), 146);
        assert_eq!(kind("Patient"), Some(("Patient", Itself)));
        assert_eq!(kind("patient"), None);
        assert!(OLD_KINDS.iter().all(|old| kind(old).is_none()));
    }
}
