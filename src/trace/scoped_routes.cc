#include "trace/scoped_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace xdscope::trace {
namespace {

// HeaderValueExtractor.element_separator: any text, not one character.
std::vector<std::string_view> split_by(std::string_view text, std::string_view separator) {
  if (separator.empty()) return {text};
  std::vector<std::string_view> out;
  while (true) {
    const auto end = text.find(separator);
    out.push_back(text.substr(0, end));
    if (end == text.npos) return out;
    text.remove_prefix(end + separator.size());
  }
}

}  // namespace

ScopedRoutes::ScopedRoutes(json::Value config, const Index& index) : config_(config) {
  for (const json::Value scope :
       config["scoped_route_configurations_list"]["scoped_route_configurations"].elements()) {
    add(scope);
  }
  if (!config["scoped_rds"]) return;
  for (const Resource& resource : index.snapshot().resources(Section::kScopedRoutes)) {
    if (!resource.serves()) continue;
    // An entry of the dump holds one configuration or a list of them.
    if (resource.body["key"]) {
      add(resource.body);
    } else {
      for (const json::Value scope : resource.body["scoped_route_configs"].elements()) add(scope);
    }
  }
}

void ScopedRoutes::add(json::Value scope) {
  Scope out;
  out.config = scope;
  for (const json::Value fragment : scope["key"]["fragments"].elements()) {
    out.key.push_back(fragment["string_key"].text());
  }
  scopes_.push_back(std::move(out));
}

std::optional<std::string> ScopedRoutes::fragment(json::Value builder,
                                                  const HttpRequest& request) const {
  const json::Value extractor = builder["header_value_extractor"];
  const std::string* value = request.first(to_lower(extractor["name"].text()));
  if (value == nullptr) return {};
  const auto elements = split_by(*value, extractor["element_separator"].text());
  if (const json::Value element = extractor["element"]) {
    const std::string_view separator = element["separator"].text();
    for (const std::string_view part : elements) {
      const auto at = separator.empty() ? part.npos : part.find(separator);
      if (part.substr(0, at) != element["key"].text()) continue;
      return at == part.npos ? std::string() : std::string(part.substr(at + separator.size()));
    }
    return {};
  }
  const auto index = static_cast<std::size_t>(extractor["index"].integer_or(0));
  if (index >= elements.size()) return {};
  return std::string(elements[index]);
}

ScopedRoutes::Choice ScopedRoutes::choose(const HttpRequest& request) const {
  std::vector<std::string> key;
  for (const json::Value builder : config_["scope_key_builder"]["fragments"].elements()) {
    auto part = fragment(builder, request);
    if (!part) {
      return {{},
              {},
              fmt::format("the request has no header {} that the scope key is made of",
                          printable(builder["header_value_extractor"]["name"].text())),
              builder};
    }
    key.push_back(std::move(*part));
  }
  for (const Scope& scope : scopes_) {
    if (!std::equal(scope.key.begin(), scope.key.end(), key.begin(), key.end())) continue;
    return {scope.config["route_configuration_name"].text(), scope.config["route_configuration"],
            fmt::format("scope {}", printable(scope.config["name"].text())), scope.config};
  }
  return {
      {},
      {},
      fmt::format("no scope has the key [{}]", printable(fmt::format("{}", fmt::join(key, ", ")))),
      config_};
}

}  // namespace xdscope::trace
