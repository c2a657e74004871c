// What the expressions of a user's rules see: the fields of each entity. schema_tables.h
// has the only list of them: docs/user-rules.md and the check for misspelt fields are made from it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xdscope::rules::user {

enum class EntityKind {
  kListener,
  kFilterChain,
  kHttpFilter,
  kRouteConfig,
  kVirtualHost,
  kRoute,
  kCluster,
  kEndpoint,
  kSecret,
  kPolicy,
};
std::span<const EntityKind> entity_kinds();
std::string_view entity_name(EntityKind kind);  // "filter_chain"

struct Shape;

// The type of a field: a scalar, an object of a shape, anything (raw configuration), or a list.
struct FieldType {
  enum class Base { kString, kNumber, kBoolean, kObject, kAny };
  Base base = Base::kAny;
  const Shape* shape = nullptr;  // for kObject
  bool list = false;
  bool nullable = false;
};
// "list of strings", "number or null", "target", ….
std::string type_text(const FieldType& type);

struct Field {
  std::string_view name;
  FieldType type;
  std::string_view description;
};

struct Shape {
  std::string_view name;
  std::string_view description;
  std::vector<Field> fields;
  const Field* find(std::string_view field) const;
};

// Entities first, then the shapes that they are made of.
std::span<const Shape* const> shapes();
const Shape& shape_of(EntityKind kind);

// For a name that the shape does not have: what may have been meant.
std::string field_hint(const Shape& shape, std::string_view name);

// JSON of an object in which every field has a value and every list two elements.
std::string sample_of(const Shape& shape);

// The tables of docs/user-rules.md.
std::string schema_markdown();
std::string shape_markdown(const Shape& shape);

}  // namespace xdscope::rules::user
