//! Which rules are tried on which event: only those whose whole log source fits.
//!
//! The table comes from outside (`--routes`): for a channel and event id, the log sources that such an event
//! belongs to. An event has several at once (Sysmon 13 is `registry_set` and `registry_event`), the peer's
//! engine takes one; so there are two strategies:
//! - `classes`: an engine for each distinct set of log sources, holding exactly the rules that fit;
//! - `logsource`: one engine, asked with `evaluate_with_logsource` once for each log source.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use rsigma_eval::pipeline::Pipeline;
use rsigma_eval::{Engine, EvaluationResult, JsonEvent, RuleFieldSet, parse_pipeline};
use rsigma_parser::{LogSource, SigmaCollection, SigmaRule};
use serde::Deserialize;
use serde_json::Value;

use crate::Failure;
use crate::rules::Loaded;

#[derive(Clone, Copy, Default)]
pub struct Tuning {
    pub bloom: bool,
    pub cross_rule_ac: bool,
}

/// Events of a channel with an event id (none: every other id of it; no channel: every other channel).
#[derive(Deserialize)]
struct Route {
    channel: Option<String>,
    event_id: Option<i64>,
    sources: Vec<Source>,
}

/// One log source that an event belongs to, and how rules must be rewritten to be asked there.
#[derive(Clone, Deserialize)]
struct Source {
    product: Option<String>,
    category: Option<String>,
    service: Option<String>,
    pipeline: Option<Value>,
    #[serde(default)]
    lacking: Vec<String>,
}

impl Source {
    fn logsource(&self) -> LogSource {
        LogSource {
            product: self.product.clone(),
            category: self.category.clone(),
            service: self.service.clone(),
            ..LogSource::default()
        }
    }

    /// Every part that the rule names is this source's.
    fn holds(&self, rule: &SigmaRule) -> bool {
        let fits = |wanted: &Option<String>, given: &Option<String>| match (wanted, given) {
            (None, _) => true,
            (Some(wanted), Some(given)) => wanted.eq_ignore_ascii_case(given),
            (Some(_), None) => false,
        };
        let wanted = &rule.logsource;
        fits(&wanted.product, &self.product)
            && fits(&wanted.category, &self.category)
            && fits(&wanted.service, &self.service)
            && !self.lacks_field_of(rule)
    }

    fn lacks_field_of(&self, rule: &SigmaRule) -> bool {
        if self.lacking.is_empty() {
            return false;
        }
        let mut alone = SigmaCollection::new();
        alone.rules.push(rule.clone());
        let fields = RuleFieldSet::collect(&alone, &[], false);
        self.lacking.iter().any(|name| fields.contains(name))
    }

    fn pipelines(&self) -> Result<Vec<Pipeline>, Failure> {
        // Every JSON document is a YAML document.
        let given = self.pipeline.as_ref().map(Value::to_string);
        Ok(given.map(|text| parse_pipeline(&text)).transpose()?.into_iter().collect())
    }

    fn transformed(&self) -> bool {
        self.pipeline.is_some()
    }
}

/// How one kind of event is evaluated: engines by their place, each with the log source to ask it with.
struct Plan(Vec<(usize, Option<LogSource>)>);

pub struct Router {
    engines: Vec<Engine>,
    plans: Vec<Plan>,
    /// Lower-case channel → its plans by event id, and the plan of every other id.
    channels: HashMap<String, (HashMap<i64, usize>, usize)>,
    rest: usize,
    pub rules: usize,
    pub refused: Vec<String>,
}

impl Router {
    pub fn build(path: &Path, loaded: &Loaded, strategy: &str, tuning: Tuning) -> Result<Self, Failure> {
        let routes: Vec<Route> = serde_json::from_slice(&std::fs::read(path)?)?;
        let mut builder = Builder {
            loaded,
            tuning,
            engines: Vec::new(),
            refused: BTreeMap::new(),
            used: vec![false; loaded.collection.rules.len()],
        };
        let plans = match strategy {
            "classes" => builder.classes(&routes)?,
            "logsource" => builder.single(&routes)?,
            other => return Err(format!("--route {other}: neither classes nor logsource").into()),
        };
        let mut channels: HashMap<String, (HashMap<i64, usize>, usize)> = HashMap::new();
        let mut rest = None;
        for (index, route) in routes.iter().enumerate() {
            match (&route.channel, route.event_id) {
                (None, _) => rest = Some(index),
                (Some(name), None) => channels.entry(name.to_lowercase()).or_default().1 = index,
                (Some(name), Some(id)) => {
                    channels.entry(name.to_lowercase()).or_default().0.insert(id, index);
                }
            }
        }
        Ok(Router {
            engines: builder.engines,
            plans,
            channels,
            rest: rest.ok_or("the routes name none for every other channel")?,
            rules: builder.used.iter().filter(|used| **used).count(),
            refused: builder.refused.into_iter().map(|(id, why)| format!("{id}: {why}")).collect(),
        })
    }

    /// Tells `hit` the id of each rule that holds; how many there were.
    pub fn evaluate(&self, value: &Value, event: &JsonEvent, mut hit: impl FnMut(&str)) -> usize {
        let Plan(steps) = &self.plans[self.plan(value)];
        let mut seen: Vec<EvaluationResult> = Vec::new();
        for (engine, logsource) in steps {
            let found = match logsource {
                None => self.engines[*engine].evaluate(event),
                Some(asked) => self.engines[*engine].evaluate_with_logsource(event, asked),
            };
            if seen.is_empty() {
                seen = found;
            } else {
                // The same rule may fit through two of the event's log sources.
                for one in found {
                    if seen.iter().all(|other| other.header.rule_id != one.header.rule_id) {
                        seen.push(one);
                    }
                }
            }
        }
        for one in &seen {
            hit(one.header.rule_id.as_deref().unwrap_or(&one.header.rule_title));
        }
        seen.len()
    }

    fn plan(&self, value: &Value) -> usize {
        let Some(channel) = value.get("Channel").and_then(Value::as_str) else { return self.rest };
        let known = self.channels.get(channel).or_else(|| self.channels.get(&channel.to_lowercase()));
        let Some((ids, others)) = known else { return self.rest };
        let id = value.get("EventID").and_then(|id| id.as_i64().or_else(|| id.as_str()?.parse().ok()));
        id.and_then(|id| ids.get(&id)).copied().unwrap_or(*others)
    }
}

struct Builder<'a> {
    loaded: &'a Loaded,
    tuning: Tuning,
    engines: Vec<Engine>,
    used: Vec<bool>,
    refused: BTreeMap<String, String>,
}

impl Builder<'_> {
    /// An engine for each distinct set of fitting rules.
    fn classes(&mut self, routes: &[Route]) -> Result<Vec<Plan>, Failure> {
        let mut known: HashMap<Vec<(usize, usize)>, usize> = HashMap::new();
        let mut pipelines: Vec<String> = Vec::new();
        let mut plans = Vec::new();
        for route in routes {
            let mut chosen: Vec<(usize, usize)> = Vec::new();
            for (index, rule) in self.loaded.collection.rules.iter().enumerate() {
                if let Some(source) = route.sources.iter().find(|source| source.holds(rule)) {
                    let text = source.pipeline.as_ref().map(Value::to_string).unwrap_or_default();
                    let place = pipelines.iter().position(|one| *one == text).unwrap_or_else(|| {
                        pipelines.push(text);
                        pipelines.len() - 1
                    });
                    chosen.push((index, place));
                }
            }
            let place = match known.get(&chosen) {
                Some(place) => *place,
                None => {
                    let place = self.class(&route.sources)?;
                    known.insert(chosen, place);
                    place
                }
            };
            plans.push(Plan(vec![(place, None)]));
        }
        Ok(plans)
    }

    fn class(&mut self, sources: &[Source]) -> Result<usize, Failure> {
        let mut rules = Vec::new();
        for (index, rule) in self.loaded.collection.rules.iter().enumerate() {
            if let Some(source) = sources.iter().find(|source| source.holds(rule)) {
                self.used[index] = true;
                rules.push(self.rewritten(rule, source)?);
            }
        }
        Ok(self.engine(rules.into_iter().flatten().collect()))
    }

    /// One engine for all rules, and one for each pipeline that rewrites them.
    fn single(&mut self, routes: &[Route]) -> Result<Vec<Plan>, Failure> {
        let all = self.loaded.collection.rules.clone();
        let everything = self.engine(all);
        let mut rewriting: HashMap<String, usize> = HashMap::new();
        let mut plans = Vec::new();
        for route in routes {
            let mut steps = Vec::new();
            for source in &route.sources {
                for (index, rule) in self.loaded.collection.rules.iter().enumerate() {
                    self.used[index] |= source.holds(rule);
                }
                let engine = if source.transformed() {
                    let key = format!("{:?} {}", source.category, source.pipeline.as_ref().unwrap());
                    match rewriting.get(&key) {
                        Some(place) => *place,
                        None => {
                            let place = self.class(std::slice::from_ref(source))?;
                            rewriting.insert(key, place);
                            place
                        }
                    }
                } else {
                    everything
                };
                steps.push((engine, Some(source.logsource())));
            }
            plans.push(Plan(steps));
        }
        Ok(plans)
    }

    fn rewritten(&mut self, rule: &SigmaRule, source: &Source) -> Result<Option<SigmaRule>, Failure> {
        if !source.transformed() {
            return Ok(Some(rule.clone()));
        }
        match rsigma_eval::transform_rule(&source.pipelines()?, rule) {
            Ok(done) => Ok(Some(done.rule)),
            Err(error) => {
                self.refuse(rule, error.to_string());
                Ok(None)
            }
        }
    }

    fn engine(&mut self, rules: Vec<SigmaRule>) -> usize {
        let mut engine = Engine::new();
        engine.set_bloom_prefilter(self.tuning.bloom);
        #[cfg(feature = "daachorse-index")]
        engine.set_cross_rule_ac(self.tuning.cross_rule_ac);
        for (index, error) in engine.add_rules(&rules) {
            self.refuse(&rules[index], error.to_string());
        }
        self.engines.push(engine);
        self.engines.len() - 1
    }

    fn refuse(&mut self, rule: &SigmaRule, why: String) {
        self.refused.insert(rule.id.clone().unwrap_or_else(|| rule.title.clone()), why);
    }
}
