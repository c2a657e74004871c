// What JSON alone does not tell about Envoy's messages: which members are maps (their keys are
// data), which hold google.protobuf.Struct, Value or ListValue (everything inside is data), and
// which hold secrets.
//
// The tables in proto_fields.cc are drawn from the message descriptors of
// envoyproxy/go-control-plane (packages envoy.* and contrib; v3 of August 2026, the v2 API and the
// hidden_envoy_deprecated_* fields of its v0.9.9), cncf/xds (udpa.*, xds.*) and the extensions of
// istio/proxy, past and present. Left out are messages no configuration holds: requests and
// responses of envoy.service.*, access log records of envoy.data.*. The secrets are the fields
// annotated with udpa.annotations.sensitive, which Envoy itself redacts in its dump.
//
// To extend: for each new field of one of these types add a row. Where a field of the same name is
// a message elsewhere, name in `within` where the row holds; a field of scalars, or a list where
// the row says map, is no conflict: the shape of the JSON tells them apart.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "xdscope/json.h"

namespace xdscope::json {

enum class FieldKind : std::uint8_t {
  kMessage,  // members are fields; also everything not listed
  kMap,      // map<K, V>: keys as they are, values are messages, Any or scalars
  kStruct,   // Struct, Value, ListValue or a map of them: everything as it is
};

enum class Secrecy : std::uint8_t {
  kOpen,
  kInMessage,   // a secret where messages are known; in a Struct the name means too little
  kEverywhere,  // a secret by its name, in a Struct and in unknown messages, too
};

// `field` is in lowerCamelCase. `within` says where the row holds: "" wherever no other row does,
// the full name of a message given by @type (holds a dot), the field in which the message stands
// (for elements of lists and maps, the list or map), or `+` and a field in snake_case that the
// message has besides.
struct FieldRule {
  std::string_view field;
  std::string_view within;
  FieldKind kind;
};
struct SecretRule {
  std::string_view field;
  std::string_view within;
  Secrecy secrecy;
};

// The message in which a field is met.
struct FieldPlace {
  std::string_view type;    // full name by @type, without the prefix before the last slash; or ""
  std::string_view parent;  // lowerCamelCase name of the field that holds it; "" under an @type
  Value message;
};

// All rows of a field, which is named in lowerCamelCase.
std::span<const FieldRule> field_rules(std::string_view camel);
std::span<const SecretRule> secret_rules(std::string_view camel);

FieldKind field_kind(std::span<const FieldRule> rules, const FieldPlace& place);
Secrecy secrecy(std::span<const SecretRule> rules, const FieldPlace& place);

// Whether a field of this name, in snake_case or lowerCamelCase, is a map or a Struct in some
// message: then the keys of an object under it may be data.
bool is_map_field(std::string_view name);
// Whether a field of this name, in either case, holds a secret wherever it stands.
bool is_secret_field(std::string_view name);

// The lowerCamelCase form of the proto3 JSON mapping; what is in that form already stays, and so
// does what is no field name, as "@type" or a key with dots.
std::string to_camel(std::string_view name);

// Whether `type`, a message's full name or type URL, belongs to a package the tables cover. What
// does not is printed as it stands.
bool is_known_type(std::string_view type);
// The full name in a type URL: what follows the last slash.
std::string_view type_name(std::string_view type_url);

}  // namespace xdscope::json
