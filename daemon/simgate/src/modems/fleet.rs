//! What is plugged in now. The tasks of the ports write it, the API reads it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use modem::{
    Capabilities, Iccid, Imei, ModemState, Operator, Registration, Signal, Storage, TraceLine,
};

use super::dialogue::dialogue;
use super::handle::ModemHandle;
use super::trace::{Trace, TraceRow};

/// A modem that is plugged in.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) handle: ModemHandle,
    /// The tty or link it was opened by; shown, never stored.
    pub(crate) port: String,
    pub(crate) state: ModemState,
    pub(crate) iccid: Option<Iccid>,
    pub(crate) registration: Option<Registration>,
    pub(crate) operator: Option<Operator>,
    pub(crate) signal: Option<Signal>,
    pub(crate) capabilities: Option<Capabilities>,
    pub(crate) storage: Vec<Storage>,
    pub(super) trace: SharedTrace,
}

impl Live {
    pub(super) fn new(handle: ModemHandle, port: String, trace: SharedTrace) -> Self {
        Self {
            handle,
            port,
            state: ModemState::Identifying,
            iccid: None,
            registration: None,
            operator: None,
            signal: None,
            capabilities: None,
            storage: Vec::new(),
            trace,
        }
    }
}

/// A trace that the port's task writes and the API reads.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedTrace(Arc<Mutex<Trace>>);

impl SharedTrace {
    pub(super) fn add(&self, line: TraceLine) {
        self.lock().add(line);
    }

    /// The last lines, masked, as they may be kept and handed on.
    pub(super) fn dialogue(&self, imei: Option<&Imei>) -> String {
        // Copied first: the port's task waits for the lock, not for the masking.
        let rows = self.lock().rows();
        dialogue(&rows, imei.map(Imei::as_str))
    }

    fn lock(&self) -> MutexGuard<'_, Trace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The modems that are plugged in, by IMEI.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fleet(Arc<RwLock<HashMap<Imei, Live>>>);

impl Fleet {
    pub(crate) fn modems(&self) -> HashMap<Imei, Live> {
        self.read().clone()
    }

    pub(crate) fn modem(&self, imei: &Imei) -> Option<Live> {
        self.read().get(imei).cloned()
    }

    /// The modem that a SIM sits in.
    pub(crate) fn holding(&self, iccid: &Iccid) -> Option<Live> {
        self.read()
            .values()
            .find(|live| live.iccid.as_ref() == Some(iccid))
            .cloned()
    }

    pub(crate) fn trace(&self, imei: &Imei) -> Option<Vec<TraceRow>> {
        let trace = self.read().get(imei)?.trace.clone();
        Some(trace.lock().rows())
    }

    /// The last lines of a modem, masked, as they may be kept and handed on; empty when it is not
    /// plugged in.
    pub(crate) fn dialogue(&self, imei: &Imei) -> String {
        let trace = self.read().get(imei).map(|live| live.trace.clone());
        trace.map_or_else(String::new, |trace| trace.dialogue(Some(imei)))
    }

    /// How many can send now.
    pub(crate) fn ready(&self) -> usize {
        self.read()
            .values()
            .filter(|live| live.state == ModemState::Ready)
            .count()
    }

    pub(crate) fn len(&self) -> usize {
        self.read().len()
    }

    /// Adds a modem unless another port has it: one modem may offer several AT ports.
    pub(super) fn add(&self, imei: &Imei, live: Live) -> bool {
        let mut modems = self.write();
        match modems.get(imei) {
            Some(other) if !other.handle.is_gone() => other.port == live.port,
            _ => modems.insert(imei.clone(), live).is_none_or(|_| true),
        }
    }

    /// Removes a modem if it is still the one on this port.
    pub(super) fn remove(&self, imei: &Imei, port: &str) {
        let mut modems = self.write();
        if modems.get(imei).is_some_and(|live| live.port == port) {
            modems.remove(imei);
        }
    }

    pub(super) fn update(&self, imei: &Imei, change: impl FnOnce(&mut Live)) {
        if let Some(live) = self.write().get_mut(imei) {
            change(live);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<Imei, Live>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<Imei, Live>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
