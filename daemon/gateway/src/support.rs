//! What someone who helps from afar wants to know: no texts, PINs and keys.

use std::collections::HashMap;

use model::{Imei, Incident, Reach};
use serde_json::Value;
use store::{Overview, StoreError, clock};

use crate::attention::Item;
use crate::records::Records;
use crate::views::midnight;
use crate::{Caller, Gateway, ModemView, SimView, mask};

/// Incidents shown, with dialogues of 8 KiB each at most: what a client still reads at once.
const INCIDENTS: usize = 200;

/// The gateway, as someone who helps may see it.
pub struct Support {
    /// As it runs, defaults and all, masked.
    pub configuration: Value,
    /// All that were ever seen.
    pub modems: Vec<ModemView>,
    pub sims: Vec<SimView>,
    /// What needs a person, masked; empty where no daemon runs.
    pub attention: Vec<Item>,
    pub overview: Overview,
    /// The newest.
    pub incidents: Vec<Incident>,
    /// Why it is not ready; none where no daemon runs.
    pub not_ready: Option<Vec<String>>,
    /// The last AT lines of each modem that is plugged in, masked.
    pub traces: Vec<(Imei, String)>,
}

impl Gateway {
    pub async fn support(&self, caller: &Caller) -> Result<Support, StoreError> {
        self.note(caller, "saw the support document".to_owned())
            .await;
        let (modems, sims) = (self.modems().await?, self.sims().await?);
        let plugged = modems.iter().filter(|modem| modem.port.is_some());
        let imeis = plugged.map(|modem| modem.record.imei.clone());
        let traces = imeis.map(|imei| (imei.clone(), self.0.fleet.dialogue(&imei)));
        let traces = traces.collect();
        let configuration = self.0.configuration.clone();
        let known = assemble(self.records(), configuration, modems, sims).await?;
        Ok(Support {
            not_ready: Some(self.readiness().await),
            attention: self.attention().items().iter().map(Item::masked).collect(),
            traces,
            ..known
        })
    }
}

impl Support {
    /// The same from a data directory that no daemon serves.
    pub async fn of_records(records: &Records, configuration: Value) -> Result<Self, StoreError> {
        let modems = records.modems().await?.into_iter().map(ModemView::absent);
        let today = records.sim_totals(midnight(clock::now())).await?;
        let today: HashMap<_, _> = today.into_iter().collect();
        let sims = records.sims().await?.into_iter().map(|record| {
            let totals = today.get(&record.iccid).copied().unwrap_or_default();
            SimView::absent(record, totals)
        });
        assemble(records, configuration, modems.collect(), sims.collect()).await
    }
}

async fn assemble(
    records: &Records,
    mut configuration: Value,
    modems: Vec<ModemView>,
    sims: Vec<SimView>,
) -> Result<Support, StoreError> {
    mask::settings(&mut configuration);
    Ok(Support {
        configuration,
        modems,
        sims,
        attention: Vec::new(),
        overview: records.overview().await?,
        incidents: records
            .incidents(None, &Reach::All, INCIDENTS, None)
            .await?,
        not_ready: None,
        traces: Vec::new(),
    })
}
