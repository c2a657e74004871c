#include "trace/header_mutation.h"

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "json/broken.h"
#include "trace/matchers.h"
#include "trace/redirect.h"
#include "trace/route_action.h"

namespace xdscope::trace {
namespace {

enum class Append { kAppend, kAddIfAbsent, kOverwriteOrAdd, kOverwriteIfExists };

Append append_action(json::Value option) {
  const std::string_view action =
      json::enum_name(option["append_action"], "APPEND_IF_EXISTS_OR_ADD",
                      {"ADD_IF_ABSENT", "OVERWRITE_IF_EXISTS_OR_ADD", "OVERWRITE_IF_EXISTS"});
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

void rewrite_host(HttpRequest& request, std::string host, bool forwarded) {
  request.set("x-envoy-original-host", request.authority);
  if (forwarded) request.add("x-forwarded-host", request.authority);
  request.authority = std::move(host);
}

// Nothing where only the running proxy knows.
std::optional<std::string> rewritten_host(json::Value action, const HttpRequest& request,
                                          const StreamFacts& facts) {
  if (const std::string_view literal = action["host_rewrite_literal"].text(); !literal.empty()) {
    return std::string(literal);
  }
  const std::string_view header =
      action["host_rewrite_header"].string_or(action["auto_host_rewrite_header"].text());
  if (!header.empty()) {
    const std::string name = to_lower(header);
    if (!request.known(name)) return std::nullopt;
    const std::string* value = request.first(name);
    return value != nullptr && !value->empty() ? *value : request.authority;
  }
  if (const json::Value regex = action["host_rewrite_path_regex"]) {
    return Regex(regex["pattern"]["regex"].text())
        .replace_all(request.path_without_query(), regex["substitution"].text());
  }
  // A format since 1.37; in v2 the host itself.
  const std::string_view format = action["host_rewrite"].text();
  return format.empty() ? request.authority : format_header(format, {request, nullptr, facts, "-"});
}

}  // namespace

void apply_header_mutations(json::Value mutations, HttpRequest& request) {
  for (const json::Value one : mutations.elements()) {
    if (const std::string_view name = one["remove"].text(); !name.empty()) request.remove(name);
    if (const json::Value match = one["remove_on_match"]["key_matcher"]) {
      const StringCriterion criterion(decode_string_matcher(match));
      std::erase_if(request.headers, [&](const Header& header) {
        return criterion.matches(header.name) == Verdict::kYes;
      });
    }
    const json::Value option = one["append"];
    const std::string name = to_lower(option["header"]["key"].text());
    if (name.empty()) continue;
    const auto value = format_header(option["header"]["value"].text(), {request});
    if (value && value->empty() && !option["keep_empty_value"].boolean_or(false)) continue;
    const Append how = append_action(option);
    const bool there = request.has(name);
    if ((how == Append::kAddIfAbsent && there) || (how == Append::kOverwriteIfExists && !there)) {
      continue;
    }
    if (!value) {
      request.set_unknown(name);
    } else if (how == Append::kAppend) {
      request.add(name, *value);
    } else {
      request.set(name, *value);
    }
  }
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
  const json::Value action = outcome.route != nullptr ? outcome.route->route.source : json::Value();
  if (outcome.weighted != nullptr) {
    const std::string_view host = outcome.weighted->source["host_rewrite_literal"].text();
    if (!host.empty()) rewrite_host(request, std::string(host), false);
  }
  mutate_request_headers(table.config(), outcome, request, unknown, facts);
  // The host and the path are worked out from the request after its headers were changed.
  if (auto host = rewritten_host(action, request, facts); !host) {
    unknown.emplace_back(":authority");
  } else if (*host != request.authority) {
    rewrite_host(request, std::move(*host), action["append_x_forwarded_host"].boolean_or(false));
  }
  if (outcome.route == nullptr) return;
  if (auto path = rewritten_path(*outcome.route, request, facts); !path) {
    unknown.emplace_back(":path");
  } else if (*path != request.path) {
    request.set("x-envoy-original-path", request.path);
    request.path = std::move(*path);
  }
}

}  // namespace xdscope::trace
