//! What the organisation fixes or presets, by a configuration profile for `dev.halo.halo`: two dictionaries, `Fixed` and
//! `Preset`, of values by the names of settings.

use std::path::Path;

use agent::Managed;
use objc2::AnyThread as _;
use objc2::rc::Retained;
use objc2_foundation::{NSDictionary, NSNumber, NSString, NSUserDefaults, ns_string};
use presence::Policy;

const DOMAIN: &str = "dev.halo.halo";

/// Reads it. What the person wrote there, and no profile, is none of the organisation's.
pub fn managed(policy: &Policy, _data: &Path) -> Managed {
    let domain = NSString::from_str(DOMAIN);
    let Some(defaults) = NSUserDefaults::initWithSuiteName(NSUserDefaults::alloc(), Some(&domain)) else {
        return Managed::default();
    };
    let dictionary = |name: &NSString| {
        // A profile's values can't be overridden, which is what tells them from a person's.
        let forced = defaults.objectIsForcedForKey(name);
        defaults.dictionaryForKey(name).filter(|_| forced)
    };
    let (fixed, preset) = (dictionary(ns_string!("Fixed")), dictionary(ns_string!("Preset")));
    if fixed.is_none() && preset.is_none() {
        return Managed::default();
    }
    let values = |found: Option<Retained<NSDictionary<NSString>>>| found.as_deref().map(values).unwrap_or_default();
    let place = format!("the configuration profile for {DOMAIN}");
    Managed { place, fixed: values(fixed), preset: values(preset), fault: None }.checked(policy)
}

/// Texts and numbers; a switch is 0 or 1.
fn values(dictionary: &NSDictionary<NSString>) -> Vec<(String, String)> {
    let (keys, objects) = dictionary.to_vecs();
    let text = |object: &objc2::runtime::AnyObject| match object.downcast_ref::<NSNumber>() {
        Some(number) => Some(number.stringValue().to_string()),
        None => object.downcast_ref::<NSString>().map(ToString::to_string),
    };
    keys.iter().zip(&objects).filter_map(|(key, object)| Some((key.to_string(), text(object)?))).collect()
}
