//! `admin/outbox`.

use super::{
    super::{
        operation::{Query, delete, get, post},
        schema::outbox::{Deliveries, Delivery, DeliveryCount},
    },
    Group, PAGE,
};

const PLUGIN: Query = Query::text("plugin", "Those of this plugin.");
const STATE: Query = Query::one_of(
    "state",
    &["waiting", "retrying", "dead"],
    "Those in this state.",
);

pub(super) fn group() -> Group {
    Group {
        name: "Outbox",
        description: "What plugins have still to be told.",
        operations: vec![
            get(
                "/api/v1/admin/outbox",
                "listDeliveries",
                "List pending deliveries",
            )
            .for_admins()
            .query(&[PLUGIN, STATE])
            .query(&PAGE)
            .returns::<Deliveries>(200, "A page of deliveries.")
            .refuses(&[404]),
            delete(
                "/api/v1/admin/outbox",
                "discardDeliveries",
                "Discard a plugin's deliveries",
            )
            .for_admins()
            .query(&[PLUGIN.required(), STATE])
            .returns::<DeliveryCount>(200, "They are discarded.")
            .refuses(&[404]),
            post(
                "/api/v1/admin/outbox/retry",
                "retryDeliveries",
                "Try deliveries again now",
            )
            .for_admins()
            .query(&[PLUGIN, STATE])
            .returns::<DeliveryCount>(200, "They are tried again.")
            .refuses(&[404]),
            get(
                "/api/v1/admin/outbox/{delivery}",
                "readDelivery",
                "Show a delivery",
            )
            .for_admins()
            .returns::<Delivery>(200, "The delivery."),
            delete(
                "/api/v1/admin/outbox/{delivery}",
                "discardDelivery",
                "Discard a delivery",
            )
            .for_admins()
            .returns_nothing("It is discarded."),
            post(
                "/api/v1/admin/outbox/{delivery}/retry",
                "retryDelivery",
                "Try a delivery again now",
            )
            .for_admins()
            .returns_nothing("It is tried again."),
        ],
    }
}
