//! Calls by Core Audio: whether any program runs a device that records.

use std::convert::Infallible;

use objc2_core_audio::{
    AudioObjectID, kAudioDevicePropertyDeviceIsRunningSomewhere, kAudioDevicePropertyStreams,
    kAudioDevicePropertyTransportType, kAudioDeviceTransportTypeAggregate, kAudioDeviceTransportTypeVirtual,
    kAudioHardwarePropertyDevices, kAudioObjectPropertyScopeInput, kAudioObjectSystemObject,
};

use super::audio_property::{CHANGES, Property};
use crate::call_source::{CallSource, Teller};
use crate::outlet::Ended;

const DEVICES: Property = Property::new(kAudioObjectSystemObject.cast_unsigned(), kAudioHardwarePropertyDevices);

/// The devices of this Mac.
pub(super) struct CoreAudio;

impl CallSource for CoreAudio {
    const NAME: &str = "Core Audio";
    const WHY: &str = "macOS tells whether a microphone is in use, never by which program (not yet tried on a Mac)";

    async fn hear(&mut self, teller: &mut Teller) -> Result<Infallible, Ended> {
        let mut changes = CHANGES.subscribe();
        loop {
            changes.borrow_and_update();
            // First the listeners, then the look: nothing happens unseen between them.
            let _devices = DEVICES.listen()?;
            let running: Vec<_> =
                DEVICES.read()?.into_iter().filter(|&device| is_microphone(device)).map(running).collect();
            // One that is gone by now has nothing to say, and a change of the list is on its way.
            let _running: Vec<_> = running.iter().map(Property::listen).collect();
            let busy = running.iter().filter_map(|running| running.read().ok()).flatten().any(|running| running != 0);
            teller.heard(busy).await?;
            // It never fails: who tells of changes lives as long as the program.
            let _ = changes.changed().await;
        }
    }
}

/// Whether any program runs a device.
fn running(device: AudioObjectID) -> Property {
    Property::new(device, kAudioDevicePropertyDeviceIsRunningSomewhere)
}

/// Those that only pass on what is played, or what others record, are none.
fn is_microphone(device: AudioObjectID) -> bool {
    let streams = Property::new(device, kAudioDevicePropertyStreams).of(kAudioObjectPropertyScopeInput).read();
    let transport = Property::new(device, kAudioDevicePropertyTransportType).read().unwrap_or_default();
    streams.is_ok_and(|streams| !streams.is_empty())
        && !transport.contains(&kAudioDeviceTransportTypeVirtual)
        && !transport.contains(&kAudioDeviceTransportTypeAggregate)
}
