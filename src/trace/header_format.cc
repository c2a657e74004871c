#include "trace/header_format.h"

#include <algorithm>
#include <functional>

#include "base/text.h"

namespace xdscope::trace {
namespace {

// %REQ(X?Y):Z%: the first of two headers that is there, cut to a length.
std::optional<std::string> header_command(
    std::string_view arguments, std::string_view absent,
    const std::function<bool(const std::string&)>& known,
    const std::function<const std::string*(const std::string&)>& find) {
  const std::size_t close = arguments.rfind(')');
  if (close == std::string_view::npos) return std::nullopt;
  std::string value(absent);
  for (const std::string_view name : split(arguments.substr(0, close), '?')) {
    if (!known(to_lower(name))) return std::nullopt;
    if (const std::string* found = find(to_lower(name))) {
      value = *found;
      break;
    }
  }
  const std::string_view limit = arguments.substr(close + 1);
  if (long length = 0;
      limit.starts_with(':') && parse_decimal(limit.substr(1), length) && length >= 0) {
    value.resize(std::min(value.size(), static_cast<std::size_t>(length)));
  }
  return value;
}

std::optional<std::string> command_value(std::string_view command, const FormatContext& context) {
  if (command.starts_with("REQ(")) {
    return header_command(
        command.substr(4), context.absent,
        [&](const std::string& name) { return context.request.known(name); },
        [&](const std::string& name) { return context.request.first(name); });
  }
  if (command.starts_with("RESP(")) {
    return header_command(
        command.substr(5), context.absent, [](const std::string&) { return true; },
        [&](const std::string& name) -> const std::string* {
          if (context.response == nullptr) return nullptr;
          const auto found = std::ranges::find(*context.response, name, &Header::name);
          return found == context.response->end() ? nullptr : &found->value;
        });
  }
  if (command == "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT" &&
      !context.facts.client_address.empty()) {
    return std::string(context.facts.client_address);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> format_header(std::string_view value, const FormatContext& context) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      out += value[i];
      continue;
    }
    const std::size_t close = value.find('%', i + 1);
    if (close == std::string_view::npos) return std::nullopt;
    if (close == i + 1) {
      out += '%';
    } else {
      const auto got = command_value(value.substr(i + 1, close - i - 1), context);
      if (!got) return std::nullopt;
      out += *got;
    }
    i = close;
  }
  return out;
}

}  // namespace xdscope::trace
