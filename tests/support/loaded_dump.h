// A dump of one section, and cells of the tables made from it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "xdscope/index.h"
#include "xdscope/load.h"
#include "xdscope/tables.h"

namespace xdscope::testing {

struct Loaded {
  explicit Loaded(const std::string& section, const std::string& body)
      : snapshot(std::move(*load_text(
            fmt::format(
                R"({{"configs": [{{"@type": "type.googleapis.com/envoy.admin.v3.{}", {}}}]}})",
                section, body),
            "test.json"))),
        index(*snapshot) {}
  std::unique_ptr<Snapshot> snapshot;
  Index index;
};

inline std::vector<std::string> column(const Result<tables::Table>& table, std::size_t number) {
  std::vector<std::string> cells;
  for (const auto& row : table->rows) cells.push_back(row.at(number));
  return cells;
}

}  // namespace xdscope::testing
