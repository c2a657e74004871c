#include "trace/header_mutation.h"

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "trace/redirect.h"
#include "trace/route_action.h"

namespace xdscope::trace {
namespace {

// %REQ(X?Y):Z%: the first of two headers that is there, cut to a length.
std::optional<std::string> header_command(
    std::string_view arguments, const std::function<const std::string*(const std::string&)>& find) {
  const std::size_t close = arguments.rfind(')');
  if (close == std::string_view::npos) return std::nullopt;
  std::string value = "-";
  for (const std::string_view name : split(arguments.substr(0, close), '?')) {
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
    return header_command(command.substr(4),
                          [&](const std::string& name) { return context.request.first(name); });
  }
  if (command.starts_with("RESP(")) {
    return header_command(command.substr(5), [&](const std::string& name) -> const std::string* {
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

enum class Append { kAppend, kAddIfAbsent, kOverwriteOrAdd, kOverwriteIfExists };

Append append_action(json::Value option) {
  const std::string_view action = option["append_action"].text();
  if (action == "ADD_IF_ABSENT") return Append::kAddIfAbsent;
  if (action == "OVERWRITE_IF_EXISTS_OR_ADD") return Append::kOverwriteOrAdd;
  if (action == "OVERWRITE_IF_EXISTS") return Append::kOverwriteIfExists;
  return option["append"].boolean_or(true) ? Append::kAppend : Append::kOverwriteOrAdd;
}

// Headers of a request or a response; the functions know about pseudo-headers where there are any.
struct Target {
  std::function<bool(const std::string&)> has;
  std::function<void(const std::string&, const std::string&)> add;
  std::function<void(const std::string&)> remove;
};

class Mutation {
 public:
  Mutation(const Target& target, const FormatContext& context, std::vector<std::string>& unknown)
      : target_(target), context_(context), unknown_(unknown) {}

  void apply(json::Value holder, std::string_view add_field, std::string_view remove_field) {
    for (const json::Value name : holder[remove_field].elements()) {
      const std::string lower = to_lower(name.text());
      // Pseudo-headers and host cannot be removed.
      if (!lower.starts_with(':') && lower != "host") target_.remove(lower);
    }
    std::vector<Header> added;
    std::vector<Header> overwritten;
    for (const json::Value option : holder[add_field].elements())
      collect(option, added, overwritten);
    for (const Header& header : overwritten) {
      target_.remove(header.name);
      target_.add(header.name, header.value);
    }
    for (const Header& header : added) target_.add(header.name, header.value);
  }

 private:
  void collect(json::Value option, std::vector<Header>& added, std::vector<Header>& overwritten) {
    const std::string name = to_lower(option["header"]["key"].text());
    const auto value = format_header(option["header"]["value"].text(), context_);
    if (!value) {
      unknown_.push_back(name);
      return;
    }
    if (value->empty() && !option["keep_empty_value"].boolean_or(false)) return;
    switch (append_action(option)) {
      case Append::kAppend:
        added.push_back({name, *value});
        break;
      case Append::kAddIfAbsent:
        if (!target_.has(name)) added.push_back({name, *value});
        break;
      case Append::kOverwriteIfExists:
        if (target_.has(name)) overwritten.push_back({name, *value});
        break;
      case Append::kOverwriteOrAdd:
        overwritten.push_back({name, *value});
        break;
    }
  }

  const Target& target_;
  const FormatContext& context_;
  std::vector<std::string>& unknown_;
};

std::vector<json::Value> levels(const RouteConfig& config, const RouteOutcome& outcome) {
  std::vector<json::Value> holders;
  if (outcome.weighted != nullptr) holders.push_back(outcome.weighted->source);
  if (outcome.route != nullptr) holders.push_back(outcome.route->source);
  if (outcome.virtual_host != nullptr) holders.push_back(outcome.virtual_host->source);
  holders.push_back(config.source);
  if (config.source["most_specific_header_mutations_wins"].boolean_or(false)) {
    std::ranges::reverse(holders);
  }
  return holders;
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

void mutate_request_headers(const RouteConfig& config, const RouteOutcome& outcome,
                            HttpRequest& request, std::vector<std::string>& unknown,
                            const StreamFacts& facts) {
  const Target target{
      [&](const std::string& name) { return request.has(name); },
      [&](const std::string& name, const std::string& value) { request.add(name, value); },
      [&](const std::string& name) { request.remove(name); }};
  for (const json::Value holder : levels(config, outcome)) {
    Mutation(target, {request, nullptr, facts}, unknown)
        .apply(holder, "request_headers_to_add", "request_headers_to_remove");
  }
}

void mutate_response_headers(const RouteConfig& config, const RouteOutcome& outcome,
                             const HttpRequest& request, std::vector<Header>& headers,
                             std::vector<std::string>& unknown, const StreamFacts& facts) {
  const Target target{[&](const std::string& name) {
                        return std::ranges::find(headers, name, &Header::name) != headers.end();
                      },
                      [&](const std::string& name, const std::string& value) {
                        append_header(headers, name, value);
                      },
                      [&](const std::string& name) {
                        std::erase_if(headers,
                                      [&](const Header& header) { return header.name == name; });
                      }};
  for (const json::Value holder : levels(config, outcome)) {
    Mutation(target, {request, &headers, facts}, unknown)
        .apply(holder, "response_headers_to_add", "response_headers_to_remove");
  }
}

void finalize_request(const RouteTable& table, const RouteOutcome& outcome, HttpRequest& request,
                      std::vector<std::string>& unknown, const StreamFacts& facts) {
  // The host and the path are worked out from the request after its headers were changed.
  mutate_request_headers(table.config(), outcome, request, unknown, facts);
  const ForwardDetails after = forward_details(table, request, outcome);
  if (after.host != request.authority) {
    if (!request.has("x-envoy-original-host"))
      request.add("x-envoy-original-host", request.authority);
    const json::Value action =
        outcome.route != nullptr ? outcome.route->route.source : json::Value();
    if (action["append_x_forwarded_host"].boolean_or(false)) {
      request.add("x-forwarded-host", request.authority);
    }
    request.authority = after.host;
  }
  if (after.path != request.path) {
    if (!request.has("x-envoy-original-path")) request.add("x-envoy-original-path", request.path);
    request.path = after.path;
  }
}

}  // namespace xdscope::trace
