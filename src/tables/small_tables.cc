// The tables of extension configurations and of the bootstrap.
#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"
#include "tables/row.h"
#include "tables/select.h"

namespace xdscope::tables {
namespace {

// The type as it stands: a TypedStruct is shown as one, as istioctl does.
std::string_view config_type(json::Value extension) {
  constexpr std::string_view kPrefix = "type.googleapis.com/";
  std::string_view type = extension["typed_config"].at("@type").text();
  if (type.starts_with(kPrefix)) type.remove_prefix(kPrefix.size());
  return type;
}

// The text between the first colon and the next, where there is a colon.
std::string_view revision_of(std::string_view sha) {
  const auto parts = split(sha, ':');
  return parts.size() > 1 ? parts[1] : sha;
}

std::string version_of_envoy(json::Value build) {
  const json::Value version = build["version"];
  std::string out =
      fmt::format("{}.{}.{}", version["major_number"].integer_or(0),
                  version["minor_number"].integer_or(0), version["patch"].integer_or(0));
  // What is there is told, even where it is empty.
  for (const auto& [separator, field] :
       {std::pair('-', "build.label"), std::pair('/', "revision.status"),
        std::pair('/', "build.type"), std::pair('/', "ssl.version")}) {
    const json::Value value = build["metadata"].at(field);
    if (value.type() != json::Type::kAbsent) {
      out += fmt::format("{}{}", separator, value.string().value_or(""));
    }
  }
  return out;
}

}  // namespace

Result<Table> ecds(const Snapshot& snapshot, Columns columns) {
  XDSCOPE_TRY(require_section(snapshot, Section::kEcds));
  Table table;
  table.header = {"ECDS NAME", "TYPE"};
  const bool wide = columns == Columns::kWide;
  if (wide) table.header.emplace_back("STATE");
  for (const Resource& resource : snapshot.resources(Section::kEcds)) {
    if (!wide && !resource.serves()) continue;
    auto& row = table.rows.emplace_back();
    append(row, resource.name, config_type(resource.body));
    if (wide) row.push_back(state_cell(resource));
  }
  std::ranges::stable_sort(
      table.rows, {}, [](const std::vector<std::string>& row) { return std::tie(row[1], row[0]); });
  return table;
}

Result<Table> bootstrap_summary(const Snapshot& snapshot) {
  XDSCOPE_TRY(require_section(snapshot, Section::kBootstrap));
  Table table;
  table.padding = 1;
  const json::Value node = snapshot.bootstrap()["node"];
  const auto add = [&](std::string label, std::string_view value) {
    if (!value.empty()) table.rows.push_back({std::move(label), std::string(value)});
  };
  add("Istio Version:", node["metadata"].at("ISTIO_VERSION").text());
  add("Istio Proxy Version:", revision_of(node["metadata"].at("ISTIO_PROXY_SHA").text()));
  add("Envoy Version:", version_of_envoy(node["user_agent_build_version"]));
  return table;
}

}  // namespace xdscope::tables
