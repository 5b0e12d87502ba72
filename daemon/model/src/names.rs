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
