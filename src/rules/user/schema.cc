#include "rules/user/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

#include "rules/suggest.h"
#include "rules/user/schema_tables.h"

namespace xdscope::rules::user {
namespace {

constexpr std::string_view kRaw =
    "the configuration as it stands in the dump, defaults left out; filled in where the rule names "
    "it";

class Registry {
 public:
  Registry() {
    for (Table& table : shared_fields()) tables_.push_back(std::move(table));
    for (const Table& table : part_tables()) add(table);
    const std::size_t parts = all_.size();
    for (Table table : entity_tables()) {
      table.rows.push_back({"raw", "any", kRaw});
      add(table);
    }
    for (std::size_t i = parts; i < all_.size(); ++i) order_.push_back(&all_[i]);
    for (std::size_t i = 0; i < parts; ++i) order_.push_back(&all_[i]);
  }
  std::span<const Shape* const> order() const { return order_; }

 private:
  void add(const Table& table) {
    all_.push_back({table.name, table.description, {}});
    add_fields(all_.back(), table);
    tables_.push_back(table);
  }

  void add_fields(Shape& shape, const Table& table) const {
    for (const Row& row : table.rows) {
      if (row.name.empty()) {
        add_fields(shape, *std::ranges::find(tables_, row.type, &Table::name));
      } else {
        shape.fields.push_back({row.name, read_type(row.type), row.description});
      }
    }
  }

  FieldType read_type(std::string_view text) const {
    using Base = FieldType::Base;
    FieldType type;
    type.nullable = text.ends_with('?');
    if (type.nullable) text.remove_suffix(1);
    type.list = text.starts_with('[');
    if (type.list) text = text.substr(1, text.size() - 2);
    if (text == "string") {
      type.base = Base::kString;
    } else if (text == "number") {
      type.base = Base::kNumber;
    } else if (text == "boolean") {
      type.base = Base::kBoolean;
    } else if (text != "any") {
      type.base = Base::kObject;
      type.shape = &*std::find_if(all_.begin(), all_.end(),
                                  [&](const Shape& shape) { return shape.name == text; });
    }
    return type;
  }

  std::vector<Table> tables_;  // whose fields others may have, too
  std::deque<Shape> all_;      // addresses stay
  std::vector<const Shape*> order_;
};

std::string sample_value(const FieldType& type) {
  switch (type.base) {
    case FieldType::Base::kString:
      return "\"sample\"";
    case FieldType::Base::kNumber:
      return "1";
    case FieldType::Base::kBoolean:
      return "true";
    case FieldType::Base::kObject:
      return sample_of(*type.shape);
    case FieldType::Base::kAny:
      break;
  }
  return "{}";
}

}  // namespace

std::span<const EntityKind> entity_kinds() {
  using enum EntityKind;
  static constexpr std::array kKinds = {kListener,    kFilterChain, kHttpFilter, kRouteConfig,
                                        kVirtualHost, kRoute,       kCluster,    kEndpoint,
                                        kSecret,      kPolicy};
  return kKinds;
}

std::string_view entity_name(EntityKind kind) { return shape_of(kind).name; }

std::span<const Shape* const> shapes() {
  static const Registry kRegistry;
  return kRegistry.order();
}

// entity_tables() is in the order of EntityKind.
const Shape& shape_of(EntityKind kind) { return *shapes()[static_cast<std::size_t>(kind)]; }

const Field* Shape::find(std::string_view field) const {
  const auto it = std::find_if(fields.begin(), fields.end(),
                               [&](const Field& item) { return item.name == field; });
  return it == fields.end() ? nullptr : &*it;
}

std::string field_hint(const Shape& shape, std::string_view name) {
  std::vector<std::string_view> known;
  std::string longer;  // ".timeout" for timeout_seconds
  for (const Field& field : shape.fields) {
    known.push_back(field.name);
    if (name.size() < 3 || field.name.find(name) == std::string_view::npos) continue;
    longer += fmt::format("{}\"{}\"", longer.empty() ? "" : " or ", field.name);
  }
  if (!longer.empty()) return fmt::format("did you mean {}?", longer);
  std::string hint = did_you_mean(name, known);
  if (nearest(name, known).empty() && shape.find("raw") != nullptr) {
    hint += "; the dump's own text is under .raw";
  }
  return hint;
}

std::string type_text(const FieldType& type) {
  std::string text;
  switch (type.base) {
    case FieldType::Base::kString:
      text = "string";
      break;
    case FieldType::Base::kNumber:
      text = "number";
      break;
    case FieldType::Base::kBoolean:
      text = "boolean";
      break;
    case FieldType::Base::kObject:
      text = type.shape->name;
      break;
    case FieldType::Base::kAny:
      text = "any";
      break;
  }
  if (type.list) text = "list of " + text;
  if (type.nullable) text += " or null";
  return text;
}

std::string sample_of(const Shape& shape) {
  std::string out = "{";
  for (const Field& field : shape.fields) {
    const std::string value = sample_value(field.type);
    out += fmt::format("{}\"{}\":{}", out.size() == 1 ? "" : ",", field.name,
                       field.type.list ? fmt::format("[{},{}]", value, value) : value);
  }
  return out + "}";
}

std::string shape_markdown(const Shape& shape) {
  std::string out = fmt::format("### {}\n\n{}\n\n| field | type | what it is |\n|---|---|---|\n",
                                shape.name, shape.description);
  for (const Field& field : shape.fields) {
    out +=
        fmt::format("| `{}` | {} | {} |\n", field.name, type_text(field.type), field.description);
  }
  return out;
}

std::string schema_markdown() {
  std::string out;
  for (const Shape* shape : shapes()) {
    if (!out.empty()) out += "\n";
    out += shape_markdown(*shape);
  }
  return out;
}

}  // namespace xdscope::rules::user
