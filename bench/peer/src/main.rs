//! Times rsigma-eval on flat JSON lines and writes what it found.
//!
//! Usage: peer --rules DIR… --routes FILE --events FILE [--pairs FILE] [--route classes|logsource]
//!             [--bloom] [--cross-rule-ac] [--chunk N]
//!
//! Prints one JSON object: counts, and CPU-seconds of this process by stage.

mod clock;
mod routes;
mod rules;

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use rsigma_eval::JsonEvent;
use serde_json::{Value, json};

use clock::{Stage, cpu_seconds, peak_rss_kib};
use routes::{Router, Tuning};

type Failure = Box<dyn std::error::Error>;

#[derive(Default)]
struct Arguments {
    rules: Vec<PathBuf>,
    routes: PathBuf,
    events: PathBuf,
    pairs: Option<PathBuf>,
    strategy: String,
    tuning: Tuning,
    chunk: usize,
}

fn arguments() -> Result<Arguments, Failure> {
    let mut out = Arguments { strategy: "classes".into(), chunk: 512, ..Default::default() };
    let mut given = std::env::args().skip(1).peekable();
    while let Some(flag) = given.next() {
        let mut value = || given.next().ok_or_else(|| format!("{flag}: a value is missing"));
        match flag.as_str() {
            "--rules" => {
                out.rules.push(value()?.into());
                while let Some(more) = given.next_if(|next| !next.starts_with("--")) {
                    out.rules.push(more.into());
                }
            }
            "--routes" => out.routes = value()?.into(),
            "--events" => out.events = value()?.into(),
            "--pairs" => out.pairs = Some(value()?.into()),
            "--route" => out.strategy = value()?,
            "--chunk" => out.chunk = value()?.parse()?,
            "--bloom" => out.tuning.bloom = true,
            "--cross-rule-ac" => out.tuning.cross_rule_ac = true,
            _ => return Err(format!("{flag}: no such argument").into()),
        }
    }
    Ok(out)
}

/// CPU-seconds by stage; `read` and `release` belong to the way from JSON to hits as `parse` does.
#[derive(Default)]
struct Costs {
    read: Stage,
    parse: Stage,
    evaluate: Stage,
    release: Stage,
}

#[derive(Default)]
struct Counts {
    events: usize,
    damaged: usize,
    hits: usize,
}

fn run() -> Result<Value, Failure> {
    let given = arguments()?;
    let started = cpu_seconds();
    let loaded = rules::load(&given.rules)?;
    let parsed_at = cpu_seconds();
    let router = Router::build(&given.routes, &loaded, &given.strategy, given.tuning)?;
    let compiled_at = cpu_seconds();
    let mut pairs = given.pairs.as_ref().map(File::create).transpose()?.map(BufWriter::new);
    let (costs, counts) = stream(&given, &router, &mut pairs)?;
    if let Some(file) = pairs.as_mut() {
        file.flush()?;
    }
    Ok(json!({
        "strategy": given.strategy,
        "bloom": given.tuning.bloom,
        "cross_rule_ac": given.tuning.cross_rule_ac,
        "rules": {"parsed": loaded.collection.rules.len(), "errors": loaded.collection.errors,
                  "used": router.rules, "refused": router.refused},
        "events": counts.events,
        "damaged": counts.damaged,
        "hits": counts.hits,
        "cpu": {
            "rules_parse": parsed_at - started,
            "rules_compile": compiled_at - parsed_at,
            "read": costs.read.seconds,
            "json": costs.parse.seconds,
            "evaluate": costs.evaluate.seconds,
            "release": costs.release.seconds,
            "process": cpu_seconds(),
        },
        "peak_rss_kib": peak_rss_kib(),
    }))
}

/// Chunk by chunk, so that memory stays flat and each stage is timed apart from the others.
fn stream(
    given: &Arguments,
    router: &Router,
    pairs: &mut Option<BufWriter<File>>,
) -> Result<(Costs, Counts), Failure> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(&given.events)?);
    let (mut costs, mut counts) = (Costs::default(), Counts::default());
    let mut text: Vec<Vec<u8>> = vec![Vec::new(); given.chunk];
    let mut values: Vec<Option<Value>> = Vec::with_capacity(given.chunk);
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut first = 0;
    loop {
        let filled = costs.read.time(|| fill(&mut reader, &mut text))?;
        if filled == 0 {
            return Ok((costs, counts));
        }
        costs.parse.time(|| {
            values.extend(text[..filled].iter().map(|line| serde_json::from_slice(line).ok()));
        });
        costs.evaluate.time(|| {
            for (offset, value) in values.iter().enumerate() {
                let Some(value) = value else { continue };
                counts.hits += router.evaluate(value, &JsonEvent::borrow(value), |rule| {
                    if pairs.is_some() {
                        found.push((first + offset, rule.to_string()));
                    }
                });
            }
        });
        counts.events += values.len();
        counts.damaged += values.iter().filter(|value| value.is_none()).count();
        costs.release.time(|| values.clear());
        if let Some(file) = pairs.as_mut() {
            for (line, rule) in found.drain(..) {
                writeln!(file, "{line}\t{rule}")?;
            }
        }
        first += filled;
    }
}

/// The next lines into the buffers that are there already; how many there were.
fn fill(reader: &mut impl BufRead, lines: &mut [Vec<u8>]) -> std::io::Result<usize> {
    for (index, line) in lines.iter_mut().enumerate() {
        line.clear();
        if reader.read_until(b'\n', line)? == 0 {
            return Ok(index);
        }
    }
    Ok(lines.len())
}

fn main() -> ExitCode {
    match run() {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("peer: {error}");
            ExitCode::FAILURE
        }
    }
}
