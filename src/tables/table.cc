#include <algorithm>

#include "base/text.h"
#include "xdscope/tables.h"

namespace xdscope::tables {
namespace {

using Row = std::vector<std::string>;

// Widths as Go's text/tabwriter finds them: a column is aligned over consecutive rows that end
// their cell there; the last cell of a row belongs to no column.
class Widths {
 public:
  Widths(const std::vector<Row>& rows, std::size_t padding) : rows_(rows), padding_(padding) {
    widths_.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      widths_[i].resize(rows[i].empty() ? 0 : rows[i].size() - 1);
    }
    for (std::size_t column = 0; measure_column(column); ++column) {
    }
  }
  std::size_t at(std::size_t row, std::size_t column) const { return widths_[row][column]; }

 private:
  bool measure_column(std::size_t column) {
    bool found = false;
    for (std::size_t begin = 0; begin < rows_.size();) {
      if (widths_[begin].size() <= column) {
        ++begin;
        continue;
      }
      found = true;
      std::size_t end = begin;
      std::size_t width = 0;
      for (; end < rows_.size() && widths_[end].size() > column; ++end) {
        width = std::max(width, count_code_points(rows_[end][column]));
      }
      for (std::size_t i = begin; i < end; ++i) widths_[i][column] = width + padding_;
      begin = end;
    }
    return found;
  }

  const std::vector<Row>& rows_;
  std::size_t padding_;
  std::vector<std::vector<std::size_t>> widths_;
};

}  // namespace

std::string to_text(Table table) {
  if (!table.sentence.empty()) return table.sentence + "\n";
  std::vector<Row>& rows = table.rows;
  if (!table.header.empty()) rows.insert(rows.begin(), std::move(table.header));
  std::size_t size = 0;
  for (Row& row : rows) {
    for (std::string& cell : row) {
      if (!is_printable(cell)) cell = printable(cell);
    }
  }
  const Widths widths(rows, table.padding);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j + 1 < rows[i].size(); ++j) size += widths.at(i, j);
    if (!rows[i].empty()) size += rows[i].back().size() + 1;
  }
  std::string out;
  out.reserve(size);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < rows[i].size(); ++j) {
      out += rows[i][j];
      if (j + 1 < rows[i].size()) {
        out.append(widths.at(i, j) - count_code_points(rows[i][j]), ' ');
      }
    }
    out += '\n';
  }
  return out;
}

void prepend_column(Table& table, std::string header, const std::string& cell) {
  table.header.insert(table.header.begin(), std::move(header));
  for (auto& row : table.rows) row.insert(row.begin(), cell);
}

}  // namespace xdscope::tables
