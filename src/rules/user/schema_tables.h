// The only list of the fields that expressions see.
#pragma once

#include <string_view>
#include <vector>

namespace xdscope::rules::user {

// A type is written as in the pages: "string", "number?" (may be null), "[string]" (a list), the
// name of a shape, or "any" for raw configuration. A row without a name stands for the fields of
// the table that its type names.
struct Row {
  std::string_view name;
  std::string_view type;
  std::string_view description = {};
};
struct Table {
  std::string_view name;
  std::string_view description;
  std::vector<Row> rows;
};

std::vector<Table> shared_fields();
// Shapes come before those that use them.
std::vector<Table> part_tables();
// In the order of EntityKind. Each has a field `raw` besides.
std::vector<Table> entity_tables();

}  // namespace xdscope::rules::user
