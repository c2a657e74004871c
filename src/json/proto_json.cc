#include "json/proto_json.h"

#include <array>
#include <span>
#include <string>
#include <unordered_map>

#include "json/proto_fields.h"

namespace xdscope::json {
namespace {

constexpr std::string_view kType = "@type";
constexpr std::string_view kRedacted = "[redacted]";
constexpr std::string_view kRedactedBytes = "W3JlZGFjdGVkXQ==";

struct FieldName {
  std::string camel;
  std::span<const FieldRule> rules;
  std::span<const SecretRule> secret_rules;
};

// What a value is, by the field that holds it.
struct Meaning {
  FieldKind kind = FieldKind::kMessage;
  bool secret = false;
  std::string_view field = {};  // lowerCamelCase
  std::string_view type = {};   // what a Struct stands for, as in TypedStruct
};

class Printer {
 public:
  Printer(Writer& out, const ProtoJsonOptions& options) : out_(out), options_(options) {}

  void value(const Value& value, const Meaning& meaning);
  void message(const Value& value, const Meaning& meaning, bool keep_type);

 private:
  void map(const Value& value, const Meaning& meaning);
  void structure(const Value& value, const Meaning& meaning, std::string_view type);
  void list(const Value& value, Meaning meaning);
  void string(const Value& value, const Meaning& meaning);
  const FieldName& name_of(std::string_view key);

  Writer& out_;
  const ProtoJsonOptions& options_;
  // By key as it stands in the document.
  std::unordered_map<std::string_view, FieldName> names_;
};

std::string_view type_of(const Value& message) { return type_name(message.at(kType).text()); }

// Below a secret Envoy clears what is neither a string nor holds any.
bool cleared(const Value& value, bool secret) {
  return secret && (value.type() == Type::kBool || value.type() == Type::kNumber ||
                    value.type() == Type::kNull);
}

void Printer::value(const Value& value, const Meaning& meaning) {
  switch (value.type()) {
    case Type::kAbsent:
      return;
    case Type::kNull:
    case Type::kBool:
    case Type::kNumber:
      return out_.raw(value.raw());
    case Type::kString:
      return string(value, meaning);
    case Type::kArray:
      return list(value, meaning);
    case Type::kObject:
      break;
  }
  switch (meaning.kind) {
    case FieldKind::kMessage:
      return message(value, meaning, true);
    case FieldKind::kMap:
      return map(value, meaning);
    case FieldKind::kStruct:
      return structure(value, meaning, meaning.type);
  }
}

void Printer::message(const Value& message, const Meaning& meaning, bool keep_type) {
  const std::string_view type = type_of(message);
  if (!type.empty() && !is_known_type(type)) return structure(message, meaning, type);
  const FieldPlace place{type, type.empty() ? meaning.field : std::string_view(), message};
  out_.begin_object();
  for (const auto& [key, child] : message.members()) {
    if (key == kType) {
      if (!keep_type) continue;
      out_.key(key);
      value(child, {});
      continue;
    }
    const FieldName& name = name_of(key);
    Meaning inner{field_kind(name.rules, place),
                  meaning.secret || secrecy(name.secret_rules, place) != Secrecy::kOpen,
                  name.camel};
    // TypedStruct names the message that its Struct stands for.
    if (inner.kind == FieldKind::kStruct) inner.type = type_name(message.get("type_url").text());
    if (child.type() == Type::kNull && inner.kind != FieldKind::kStruct) continue;
    if (cleared(child, inner.secret)) continue;
    out_.key(options_.keep_names ? key : std::string_view(name.camel));
    value(child, inner);
  }
  out_.end_object();
}

void Printer::map(const Value& map, const Meaning& meaning) {
  Meaning inner = meaning;
  inner.kind = FieldKind::kMessage;
  out_.begin_object();
  for (const auto& [key, child] : map.members()) {
    if (child.type() == Type::kNull || cleared(child, meaning.secret)) continue;
    out_.key(key);
    value(child, inner);
  }
  out_.end_object();
}

// Keys and values as they are, but for secrets that are told by their name.
void Printer::structure(const Value& structure, const Meaning& meaning, std::string_view type) {
  const FieldPlace place{type, meaning.field, structure};
  out_.begin_object();
  for (const auto& [key, child] : structure.members()) {
    if (key == kType) {
      out_.key(key);
      value(child, {.kind = FieldKind::kStruct});
      continue;
    }
    const FieldName& name = name_of(key);
    const Meaning inner{FieldKind::kStruct,
                        meaning.secret || secrecy(name.secret_rules, place) == Secrecy::kEverywhere,
                        name.camel};
    if (cleared(child, inner.secret)) continue;
    out_.key(key);
    value(child, inner);
  }
  out_.end_object();
}

void Printer::list(const Value& list, Meaning meaning) {
  // A list where a map is expected is another message's repeated field of that name.
  if (meaning.kind == FieldKind::kMap) meaning.kind = FieldKind::kMessage;
  out_.begin_array();
  for (const Value element : list.elements()) {
    if (!cleared(element, meaning.secret)) value(element, meaning);
  }
  out_.end_array();
}

void Printer::string(const Value& value, const Meaning& meaning) {
  // A broken escape cannot be decoded: its text is printed instead.
  std::string_view raw = value.raw();
  raw = raw.size() >= 2 ? raw.substr(1, raw.size() - 2) : raw;
  const std::string_view text = value.string_or(raw);
  if (meaning.secret && !text.empty()) {
    return out_.string(meaning.field == "inlineBytes" ? kRedactedBytes : kRedacted);
  }
  if (holds_private_key(text)) {
    return out_.string(text.starts_with("LS0t") ? kRedactedBytes : kRedacted);
  }
  out_.string(text);
}

const FieldName& Printer::name_of(std::string_view key) {
  const auto [place, is_new] = names_.try_emplace(key);
  FieldName& name = place->second;
  if (is_new) {
    name.camel = to_camel(key);
    name.rules = field_rules(name.camel);
    name.secret_rules = secret_rules(name.camel);
  }
  return name;
}

}  // namespace

void write_proto_json(const Value& value, Writer& out, const ProtoJsonOptions& options) {
  Printer printer(out, options);
  const auto print = [&](const Value& item) {
    if (item.is_object()) return printer.message(item, {}, options.keep_type);
    printer.value(item, {});
  };
  if (!value.is_array()) return print(value);
  out.begin_array();
  for (const Value element : value.elements()) print(element);
  out.end_array();
}

bool holds_private_key(std::string_view text) {
  // "PRIVATE KEY" at each of the three alignments of base64.
  constexpr auto kInBase64 =
      std::to_array<std::string_view>({"UFJJVkFURSBLRV", "BSSVZBVEUgS0VZ", "QUklWQVRFIEtFW"});
  constexpr std::size_t kShortest = 60;
  if (text.size() < kShortest) return false;
  if (text.find("PRIVATE KEY-----") != std::string_view::npos) return true;
  // "-----B" begins every PEM block.
  if (text.find("LS0tLS1C") == std::string_view::npos) return false;
  for (const auto needle : kInBase64) {
    if (text.find(needle) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace xdscope::json
