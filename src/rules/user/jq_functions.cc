#include "rules/user/jq_functions.h"

#include <algorithm>
#include <array>

namespace xdscope::rules::user {
namespace {

constexpr std::array<std::string_view, 40> kSameInput = {
    "select",   "first",     "last",    "limit",    "has",        "in",       "inside",
    "contains", "index",     "rindex",  "indices",  "join",       "split",    "test",
    "match",    "capture",   "scan",    "splits",   "startswith", "endswith", "ltrimstr",
    "rtrimstr", "range",     "IN",      "isempty",  "error",      "del",      "path",
    "delpaths", "to_number", "tojson",  "ascii",    "flatten",    "nth",      "combinations",
    "getpath",  "implode",   "trimstr", "strptime", "strftime"};
constexpr std::array<std::string_view, 6> kOfElements = {"map",      "sort_by", "unique_by",
                                                         "group_by", "min_by",  "max_by"};
constexpr std::array<std::string_view, 15> kKeepType = {
    "select",  "sort_by", "unique_by", "sort",     "unique",  "reverse",   "objects", "arrays",
    "strings", "numbers", "values",    "booleans", "scalars", "iterables", "nulls"};

struct Call {
  std::string_view name;
  std::size_t arguments;
};
constexpr std::array<Call, 15> kIgnoreInput = {{{"true", 0},
                                                {"false", 0},
                                                {"null", 0},
                                                {"empty", 0},
                                                {"error", 1},
                                                {"range", 1},
                                                {"range", 2},
                                                {"range", 3},
                                                {"first", 1},
                                                {"last", 1},
                                                {"limit", 2},
                                                {"isempty", 1},
                                                {"IN", 2},
                                                {"any", 2},
                                                {"all", 2}}};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool gives_arguments_its_input(std::string_view function) {
  return is_one_of(function, kSameInput);
}

bool gives_argument_elements(std::string_view function) { return is_one_of(function, kOfElements); }

bool keeps_type(std::string_view function) { return is_one_of(function, kKeepType); }

bool ignores_input(std::string_view function, std::size_t arguments) {
  return std::any_of(kIgnoreInput.begin(), kIgnoreInput.end(), [&](const Call& call) {
    return call.name == function && call.arguments == arguments;
  });
}

}  // namespace xdscope::rules::user
