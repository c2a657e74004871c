#include "trace/path_parameters.h"

#include <algorithm>
#include <array>

namespace xdscope::trace {

Verdict path_parameters_by_segment(Version envoy, const Runtime* runtime, std::string_view guard) {
  if (!envoy.known()) return Verdict::kUnknown;
  constexpr std::array kFirst = {Version{1, 36, 10}, Version{1, 37, 6}, Version{1, 38, 4},
                                 Version{1, 39, 1}};
  bool newer = envoy >= Version{1, 40, 0};
  for (const Version& first : kFirst) {
    if (envoy.major == first.major && envoy.minor == first.minor) newer = envoy >= first;
  }
  if (!newer || runtime == nullptr) return verdict(newer);
  return verdict(
      runtime->boolean(std::string("envoy.reloadable_features.").append(guard)).value_or(true));
}

std::string without_parameters_by_segment(std::string_view path) {
  path = path.substr(0, path.find('?'));
  std::string out;
  out.reserve(path.size());
  bool in_parameters = false;
  for (const char c : path) {
    if (c == '/') in_parameters = false;
    if (c == ';') in_parameters = true;
    if (!in_parameters) out += c;
  }
  return out;
}

std::string_view without_parameters_from_first(std::string_view path) {
  return path.substr(0, path.find_first_of(";?"));
}

}  // namespace xdscope::trace
