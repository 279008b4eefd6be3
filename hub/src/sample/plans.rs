//! What is planned and who looks after somebody: care plans with their goals, care teams, packages of social care, equipment,
//! tasks and forms. Not the content of any one plan (that is with the source that writes it).

use super::fhir::{Bundle, Id, SNOMED, Term, hl7_system};
use super::when::At;
use jiff::civil::Date;

/// Which plan a CarePlan is: title, category, and what is to be done.
pub struct Plan<'t> {
    pub title: &'t str,
    pub category: Term,
    pub description: &'t str,
    pub actions: &'t [(&'t str, &'t str)],
    pub start: Date,
    pub review: Date,
}

impl Bundle<'_> {
    pub fn goal(&mut self, text: &str, status: (&str, &str), start: Date, due: Date) -> Id {
        let patient = self.patient;
        self.add("Goal", "", At::new(start, 12, 0), |j| {
            j.text("lifecycleStatus", "active");
            j.code("achievementStatus", &hl7_system("goal-achievement"), status.0, status.1);
            j.words("description", text);
            j.reference("subject", "Patient", patient);
            j.plain("startDate", start);
            j.one("target", |t| t.plain("dueDate", due));
            j.plain("statusDate", start);
        })
    }

    pub fn care_plan(&mut self, plan: &Plan<'_>, goals: &[Id], by: &str) -> Id {
        let patient = self.patient;
        self.add("CarePlan", "UKCore-CarePlan", At::new(plan.start, 12, 30), |j| {
            j.text("status", "active");
            j.text("intent", "plan");
            j.list("category", |l| {
                l.element(|c| c.list("coding", |l| l.coding(SNOMED, "734163000", "Care plan")));
                if plan.category.code != "734163000" {
                    l.element(|c| c.term_members(plan.category));
                }
            });
            j.text("title", plan.title);
            j.text("description", plan.description);
            j.reference("subject", "Patient", patient);
            j.period("period", plan.start, Some(plan.review));
            j.plain("created", plan.start);
            j.named("author", by);
            if !goals.is_empty() {
                j.list("goal", |l| {
                    goals.iter().for_each(|g| l.element(|r| r.plain("reference", format_args!("Goal/{g}"))))
                });
            }
            j.list("activity", |l| {
                for (what, how_often) in plan.actions {
                    l.element(|a| {
                        a.object("detail", |d| {
                            d.words("code", what);
                            d.text("status", "in-progress");
                            d.text("scheduledString", how_often);
                        });
                    });
                }
            });
        })
    }

    /// A team: its name and members as `(role, name)`.
    pub fn care_team(&mut self, name: &str, members: &[(&str, &str)], phone: &str, since: Date) -> Id {
        let patient = self.patient;
        let from = self.from;
        self.add("CareTeam", "UKCore-CareTeam", At::new(since, 9, 0), |j| {
            j.text("status", "active");
            j.text("name", name);
            j.reference("subject", "Patient", patient);
            j.period("period", since, None::<Date>);
            j.list("participant", |l| {
                for (role, who) in members {
                    l.element(|p| {
                        p.one("role", |r| r.text("text", role));
                        p.named("member", who);
                    });
                }
            });
            j.list("managingOrganization", |l| l.element(|r| r.organisation_members(from)));
            j.one("telecom", |t| {
                t.text("system", "phone");
                t.text("value", phone);
            });
        })
    }

    /// A package of care or a stay under a service.
    pub fn episode(
        &mut self,
        what: &str,
        note: &str,
        provider: &str,
        worker: &str,
        since: Date,
        until: Option<Date>,
    ) -> Id {
        let patient = self.patient;
        let from = self.from;
        self.add("EpisodeOfCare", "UKCore-EpisodeOfCare", At::new(since, 9, 30), |j| {
            j.list("extension", |l| {
                l.element(|e| {
                    e.text("url", "https://wessmoor.example/fhir/package-details");
                    e.text("valueString", note);
                });
            });
            j.text("status", if until.is_some() { "finished" } else { "active" });
            j.list("type", |l| {
                l.element(|t| t.text("text", what));
                l.element(|t| t.plain("text", format_args!("Provider: {provider}")));
            });
            j.reference("patient", "Patient", patient);
            j.organisation("managingOrganization", from);
            j.period("period", since, until);
            j.named("careManager", worker);
        })
    }

    pub fn equipment(&mut self, what: &str, since: Date) -> Id {
        let patient = self.patient;
        let from = self.from;
        let local = self.local();
        self.add("Device", "UKCore-Device", At::new(since, 15, 0), |j| {
            j.one("identifier", |i| {
                i.text("system", "https://wessmoor.example/id/equipment");
                i.plain("value", local);
            });
            j.text("status", "active");
            j.words("type", what);
            j.reference("patient", "Patient", patient);
            j.organisation("owner", from);
            j.note("On loan. Serviced yearly by the equipment store.");
        })
    }

    pub fn task(&mut self, what: &str, due: Date, made: Date, by: &str) -> Id {
        let patient = self.patient;
        let from = self.from;
        self.add("Task", "UKCore-Task", At::new(made, 10, 0), |j| {
            j.text("status", "requested");
            j.text("intent", "plan");
            j.text("priority", "routine");
            j.text("description", what);
            j.reference("for", "Patient", patient);
            j.plain("authoredOn", made);
            j.named("requester", by);
            j.organisation("owner", from);
            j.object("restriction", |r| r.object("period", |p| p.plain("end", due)));
        })
    }

    /// A form as filled in: questions with their answers.
    pub fn form(&mut self, name: &str, answers: &[(&str, &str)], at: At, by: &str) -> Id {
        let patient = self.patient;
        self.add("QuestionnaireResponse", "UKCore-QuestionnaireResponse", at, |j| {
            j.plain("questionnaire", format_args!("https://wessmoor.example/fhir/Questionnaire/{name}"));
            j.text("status", "completed");
            j.reference("subject", "Patient", patient);
            j.plain("authored", at);
            j.named("author", by);
            j.list("item", |l| {
                for (number, (question, answer)) in answers.iter().enumerate() {
                    l.element(|i| {
                        i.plain("linkId", number + 1);
                        i.text("text", question);
                        i.one("answer", |a| a.text("valueString", answer));
                    });
                }
            });
        })
    }

    /// Consent to the end-of-life record being shared among those who care for the person.
    pub fn sharing_consent(&mut self, day: Date, by: &str) -> Id {
        let patient = self.patient;
        let from = self.from;
        let at = At::new(day, 11, 0);
        self.add("Consent", "UKCore-Consent", at, |j| {
            j.text("status", "active");
            j.code("scope", &hl7_system("consentscope"), "patient-privacy", "Privacy Consent");
            j.list("category", |l| {
                let what = Term {
                    text: "Consent given for sharing end of life care coordination record",
                    code: "887031000000108",
                };
                l.element(|c| c.term_members(what));
            });
            j.reference("patient", "Patient", patient);
            j.plain("dateTime", at);
            j.list("performer", |l| {
                l.element(|p| p.text("display", by));
            });
            j.list("organization", |l| l.element(|o| o.organisation_members(from)));
            j.one("policy", |p| p.text("uri", "https://wessmoor.example/policy/end-of-life-record"));
            j.object("provision", |p| p.text("type", "permit"));
        })
    }
}
