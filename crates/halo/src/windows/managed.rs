//! What the organisation fixes or presets, where group policies put it: values by the names of settings, in the keys
//! `Fixed` and `Preset`.

use std::path::Path;

use agent::Managed;
use presence::Policy;
use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE, Type};

const POLICIES: &str = r"Software\Policies\Halo";

/// Reads it: what holds for the computer counts over what holds for the person.
pub fn managed(policy: &Policy, _data: &Path) -> Managed {
    let mut managed = Managed::default();
    for (root, name) in [(CURRENT_USER, "HKEY_CURRENT_USER"), (LOCAL_MACHINE, "HKEY_LOCAL_MACHINE")] {
        let Ok(policies) = root.open(POLICIES) else { continue };
        managed.place = format!(r"{name}\{POLICIES}");
        for (name, list) in [("Fixed", &mut managed.fixed), ("Preset", &mut managed.preset)] {
            let Ok(key) = policies.open(name) else { continue };
            list.extend(values(&key));
        }
    }
    if managed.place.is_empty() { managed } else { managed.checked(policy) }
}

/// Texts and numbers; a switch is 0 or 1.
fn values(key: &Key) -> Vec<(String, String)> {
    let text = |name: &str| match key.get_type(name) {
        Ok(Type::U32 | Type::U64) => key.get_u64(name).ok().map(|number| number.to_string()),
        Ok(Type::String | Type::ExpandString) => key.get_string(name).ok(),
        _ => None,
    };
    let Ok(all) = key.values() else { return Vec::new() };
    all.filter_map(|(name, _)| text(&name).map(|value| (name, value))).collect()
}
