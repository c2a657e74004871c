#include "fetch/target.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace xdscope::fetch {

std::string Target::text() const {
  return fmt::format("{}{}{}{}{}", type, type.empty() ? "" : "/", name,
                     namespace_.empty() ? "" : ".", namespace_);
}

bool is_object_name(std::string_view text) {
  const auto is_letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  constexpr std::size_t kMax = 253;  // RFC 1123 subdomain
  if (text.empty() || text.size() > kMax || !is_letter_or_digit(text.front())) return false;
  return std::ranges::all_of(
      text, [&](char c) { return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_'; });
}

Result<Target> parse_target(std::string_view text, std::string_view default_namespace) {
  Target target;
  target.namespace_ = default_namespace;
  std::string_view name = text;
  if (const std::size_t slash = text.rfind('/'); slash != std::string_view::npos) {
    target.type = text.substr(0, slash);
    name = text.substr(slash + 1);
  }
  if (const std::size_t dot = name.rfind('.'); dot != std::string_view::npos) {
    target.namespace_ = name.substr(dot + 1);
    name = name.substr(0, dot);
  }
  target.name = name;
  const bool has_type = text.find('/') != std::string_view::npos;
  if (!is_object_name(target.name) || (has_type && !is_object_name(target.type)) ||
      (!target.namespace_.empty() && !is_object_name(target.namespace_)) || (text.ends_with('.'))) {
    return fail(ErrorCode::kUsage, "not the name of a pod or another object", printable(text),
                "give [TYPE/]NAME[.NAMESPACE], for example productpage-v1-abc.shop or "
                "deploy/gateway -n ingress");
  }
  if (to_lower(target.type) == "pod" || to_lower(target.type) == "pods" ||
      to_lower(target.type) == "po") {
    target.type.clear();
  }
  return target;
}

}  // namespace xdscope::fetch
