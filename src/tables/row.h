// Rows of a table without copies of their cells.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace xdscope::tables {

// Cells: std::string or anything a std::string is made of.
template <class... Cells>
void append(std::vector<std::string>& row, Cells&&... cells) {
  row.reserve(row.size() + sizeof...(cells));
  (row.emplace_back(std::forward<Cells>(cells)), ...);
}

template <class... Cells>
std::vector<std::string> make_row(Cells&&... cells) {
  std::vector<std::string> row;
  append(row, std::forward<Cells>(cells)...);
  return row;
}

}  // namespace xdscope::tables
