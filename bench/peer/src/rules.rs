//! Rules from folders and files.

use std::path::PathBuf;

use rsigma_parser::{SigmaCollection, parse_sigma_directory, parse_sigma_file};

pub struct Loaded {
    pub collection: SigmaCollection,
}

/// Every rule under the paths; what cannot be parsed stands in `collection.errors`.
pub fn load(paths: &[PathBuf]) -> Result<Loaded, crate::Failure> {
    let mut all = SigmaCollection::new();
    for path in paths {
        let one = if path.is_dir() { parse_sigma_directory(path) } else { parse_sigma_file(path) }?;
        all.rules.extend(one.rules);
        all.filters.extend(one.filters);
        all.errors.extend(one.errors);
    }
    Ok(Loaded { collection: all })
}
