// Envoy's resources as proto3 JSON, the way istioctl prints them.
#pragma once

#include "json/writer.h"
#include "xdscope/json.h"

namespace xdscope::json {

struct ProtoJsonOptions {
  // Keep the outermost "@type"; a message that is printed by itself has none. That of an unknown
  // type is always kept, and so are all further inside.
  bool keep_type = false;
  // Leave field names as they are in the input, only redact.
  bool keep_names = false;
};

// Writes `value`, a message or a list of messages, in the order of the input; nothing when absent.
//
// - Field names become lowerCamelCase; map keys, the contents of google.protobuf.Struct (filter
//   metadata, TypedStruct …) and messages whose "@type" is not known stay as they are (see
//   proto_fields.h).
// - Members that are null are left out, except in Struct contents: null means "not set".
// - Defaults that stand in the input (false, 0, "") are printed: without the schema they cannot be
//   told from set wrapper types, oneofs and optional fields.
// - Scalars are as they stand: Envoy writes 64-bit numbers, durations, enums and bytes as istioctl.
// - Secrets are redacted as Envoy does in its dump: below a field that holds one strings become
//   "[redacted]" (inline_bytes its base64 form), other scalars are left out. A string that holds a
//   PEM private key, plain or in base64, is redacted wherever it stands.
void write_proto_json(const Value& value, Writer& out, const ProtoJsonOptions& options = {});

// Whether `text` holds a PEM private key, plain or in base64.
bool holds_private_key(std::string_view text);

}  // namespace xdscope::json
