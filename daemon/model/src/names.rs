//! Sets of stable names, by which programs compare.

/// Declares an enum, each of whose variants has a name that never changes, and what the `OpenAPI` document calls it.
macro_rules! names {
    // A `tt`, since utoipa sees no name in a `literal`.
    ($(#[$meta:meta])* $name:ident as $schema:ident { $( $(#[$doc:meta])* $variant:ident = $text:tt, )+ }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema)]
        #[schema(as = $schema)]
        $(#[$meta])*
        pub enum $name { $( $(#[$doc])* #[serde(rename = $text)] $variant, )+ }

        impl $name {
            pub const ALL: &[Self] = &[$( Self::$variant ),+];

            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $text ),+ }
            }
        }
    };
}
pub(crate) use names;

#[cfg(test)]
mod tests {
    use serde_json::to_value;

    use crate::{DeliveryState, Role, Scope, State};

    #[test]
    fn a_name_is_the_same_in_json_as_elsewhere() {
        let roles = [Role::Viewer, Role::Operator, Role::Admin];
        let deliveries = [
            DeliveryState::Waiting,
            DeliveryState::Delivered,
            DeliveryState::Parked,
        ];
        let states = State::ALL.iter().map(|x| (to_value(x), x.as_str()));
        let scopes = Scope::ALL.iter().map(|x| (to_value(x), x.as_str()));
        let roles = roles.iter().map(|x| (to_value(x), x.as_str()));
        let deliveries = deliveries.iter().map(|x| (to_value(x), <&str>::from(x)));
        for (json, name) in states.chain(scopes).chain(roles).chain(deliveries) {
            assert_eq!(json.unwrap(), name);
        }
    }
}
